#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "gateway/brokers.hpp"
#include "gateway/options.hpp"
#include "gateway/outbox.hpp"
#include "gateway/outlet.hpp"
#include "gateway/pending_sends.hpp"
#include "gateway/routing.hpp"
#include "wire/message.hpp"

namespace gateway {

/// The sends of one session, from their request to the broker's report and the reply.
///
/// Lives on the session's executor.
class Publisher final : private Outbox::Owner {
public:
    class Owner {
    public:
        /// Reports or room have come: replies may wait in the outlet, and `is_full` and
        /// `is_settled` may have changed.
        virtual void publisher_moved() = 0;

    protected:
        ~Owner() = default;
    };

    /// Everything passed by reference must outlive it.
    Publisher(asio::any_io_executor executor, const Brokers& brokers,
              const ProducerOptions& options, Outlet& outlet, Owner& owner);
    ~Publisher();

    /// Takes a request's records, or refuses them all in a reply. The views in `sends` must last
    /// until `dispatch`, which is to be called once for the requests of a frame.
    void add(const Request& request, const Sends& sends);
    void dispatch();

    /// Sends what the routes make of a message, which is answered as an array of sends is: with
    /// `ack` when all are settled, else only if one fails. The views may end with the call.
    void route(const Request& request, std::span<const RoutedRecord> records, bool ack);

    /// Lets waiting records leave, due or not.
    void flush();

    /// So much waits, or is unreported, that no more should be added.
    [[nodiscard]] bool is_full() const;

    /// Everything has been given to the brokers.
    [[nodiscard]] bool is_handed_over() const;

    /// Everything has been reported.
    [[nodiscard]] bool is_settled() const { return pending_.size() == 0; }

    /// Records that are still waiting or unreported.
    [[nodiscard]] std::size_t unsettled() const { return pending_.size(); }

private:
    void reported(std::span<const Producer::Report> reports) override;
    void refused(std::uint32_t token, const Error& error) override;
    void moved() override;

    [[nodiscard]] std::optional<Error> refusal_of(std::size_t bytes) const;
    [[nodiscard]] Result<OutgoingRecord> record_of(const Send& send, Outbox*& outbox);
    [[nodiscard]] Outbox& outbox_of(Broker& broker);
    void settle(PendingSend send, SendOutcome outcome);
    void answer(const ArrayOfSends& array);

    asio::any_io_executor executor_;
    const Brokers& brokers_;
    const ProducerOptions& options_;
    Outlet& outlet_;
    Owner& owner_;
    PendingSends pending_;
    std::vector<std::unique_ptr<Outbox>> outboxes_;  ///< One a broker in use.

    std::vector<OutgoingRecord> gathered_;  ///< Of the frame being read, all for one outbox.
    Outbox* gathered_for_ = nullptr;
};

}  // namespace gateway
