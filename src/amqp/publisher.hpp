#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/steady_timer.hpp>

#include "amqp/channel.hpp"
#include "amqp/confirm_window.hpp"
#include "amqp/declarer.hpp"
#include "amqp/destinations.hpp"
#include "amqp/options.hpp"
#include "amqp/outbox.hpp"
#include "amqp/properties.hpp"
#include "amqp/topics.hpp"

namespace gateway::amqp {

/// Publishes the records of all producers on one channel, in order, and tells their fates as the
/// broker confirms them. Before the first to a destination this is declared, or looked for.
///
/// While the connection is lost or blocked, records wait until their deadline; those that were not
/// confirmed when it was lost are sent again. Where the broker's credentials or vhost are refused
/// nothing waits. Belongs to its connection, on its thread.
class Publisher final : public Channel, public std::enable_shared_from_this<Publisher> {
public:
    /// All must outlive it.
    Publisher(Connection& owner, Declarer& declarer, Topics& topics, const Options& options);

    void take(const std::shared_ptr<Outbox>& outbox, const std::shared_ptr<const Block>& block);

    /// Calls `done` once everything taken is settled.
    void when_idle(std::function<void()> done);

    void opened() override;
    void lost(const Error& error, bool is_permanent) override;
    void closed(const Closing& closing) override;
    void answered(const amqp_method_t& method) override;
    void arrived(const Content& content) override;
    void blocked(bool is_blocked) override;
    void turn_ended() override { report(); }

private:
    struct Item {
        std::shared_ptr<Outbox> from;
        std::shared_ptr<const Block> block;
        std::uint32_t index = 0;
        bool is_returned = false;

        [[nodiscard]] const OutgoingRecord& record() const { return block->records()[index]; }
    };
    void pump();
    [[nodiscard]] bool may_send() const;
    void send(Item item);
    bool send_rest();
    void requeue();
    [[nodiscard]] bool is_there(const OutgoingRecord& record);
    void found(const Declaration& declaration, const std::optional<Error>& error);
    void refuse_all(const Declaration& declaration, const Error& error);
    void confirm(std::uint64_t number, bool multiple, bool is_taken);
    void settle(const Item& item, const std::optional<Error>& error);
    void fail_everything(const Error& error);
    void expire();
    void watch_deadlines();
    void report();

    Connection& owner_;
    Declarer& declarer_;
    Topics& topics_;
    const Options& options_;
    PropertiesWriter properties_;
    std::deque<Item> queue_;
    ConfirmWindow<Item> window_;
    std::shared_ptr<const Block> sending_;  ///< Of the record whose body is not sent in full.
    std::string_view rest_;                 ///< Of that body.
    bool is_waiting_ = false;               ///< For the socket.
    bool has_confirmed_ = false;            ///< Since the channel was opened.
    std::size_t careful_left_ = 0;          ///< Records that are sent one by one.
    std::size_t written_ = 0;               ///< Since the socket was known to be writable.
    Destinations destinations_;
    std::unordered_map<std::shared_ptr<Outbox>, std::vector<Outbox::Settled>> settled_;
    asio::steady_timer deadline_;
    bool is_watching_ = false;
    Error last_error_;
    std::vector<std::function<void()>> idle_;
};

}  // namespace gateway::amqp
