#pragma once

#include <amqp.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace bench {

[[nodiscard]] inline bool is_amqp(std::string_view brokers) {
    return brokers.starts_with("amqp://");
}

/// A RabbitMQ, over rabbitmq-c's blocking calls: a connection with one channel. Throws
/// std::runtime_error where the broker refuses something or ends the connection.
class Amqp {
public:
    /// `url` is amqp://USER:PASSWORD@HOST:PORT/.
    explicit Amqp(std::string url);

    /// The durable fanout exchange `topic` and the durable queue of `group` bound to it, as the
    /// server has topics and groups.
    void declare(const std::string& topic, const std::string& group);
    void remove(const std::string& topic, const std::string& group);

    /// How many messages the group's queue holds.
    [[nodiscard]] std::uint64_t depth(const std::string& topic, const std::string& group);

    /// From now on the broker confirms what is published.
    void confirm();

    /// A persistent message.
    void publish(const std::string& topic, std::string_view value);

    /// How many messages the broker has confirmed since the last call, waiting for the first.
    [[nodiscard]] std::uint64_t take_confirms();

    /// Consumes the group's queue, with so many unacknowledged messages.
    void consume(const std::string& topic, const std::string& group, std::uint16_t prefetch);

    /// The bytes of the next message, waiting for it. Acknowledges it with all before it where
    /// `acknowledges`.
    std::size_t take_message(bool acknowledges);

private:
    struct Destroy {
        void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
    };

    void check() const;
    std::uint64_t count(const amqp_basic_ack_t& ack);

    std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
    std::uint64_t confirmed_ = 0;    ///< All up to this number are.
    std::set<std::uint64_t> ahead_;  ///< And these beyond it.
};

}  // namespace bench
