#pragma once

#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>

#include "amqp/options.hpp"
#include "amqp/outbox.hpp"
#include "broker/producer.hpp"

namespace gateway::amqp {

class Connection;
class Publisher;

/// A session's producer: copies what one call sends into a block for the connection that all
/// producers share, and bounds what is under way.
class Producer final : public gateway::Producer {
public:
    /// `events` and `options` must outlive it.
    Producer(std::shared_ptr<Connection> connection, std::shared_ptr<Publisher> publisher,
             std::shared_ptr<Traffic> traffic, asio::any_io_executor executor,
             const Options& options, Events& events);
    ~Producer() override;

    [[nodiscard]] Sent send(std::span<const OutgoingRecord> records) override;

private:
    [[nodiscard]] std::optional<Error> refusal(const OutgoingRecord& record) const;

    std::shared_ptr<Connection> connection_;
    std::shared_ptr<Publisher> publisher_;
    const Options& options_;
    std::shared_ptr<Outbox> outbox_;
};

}  // namespace gateway::amqp
