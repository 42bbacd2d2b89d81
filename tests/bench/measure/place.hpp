#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace bench {

/// Where the messages of a run go to or come from, looked at from the broker's side: a topic of a
/// Kafka, or, where `brokers` is an amqp:// URL, a topic of a RabbitMQ with a group of one queue.
class Place {
public:
    virtual ~Place() = default;

    /// The topic.
    [[nodiscard]] virtual const std::string& name() const = 0;

    /// How many messages were ever written to it; of a queue, how many it holds.
    [[nodiscard]] virtual std::uint64_t stored() = 0;

    /// A group whose member gets all of it. A RabbitMQ has one.
    [[nodiscard]] virtual std::string next_group() = 0;
};

/// A new one that ends with the object.
[[nodiscard]] std::unique_ptr<Place> make_place(const std::string& brokers,
                                                const std::string& purpose);

/// One that is there.
[[nodiscard]] std::unique_ptr<Place> find_place(const std::string& brokers, std::string name);

/// The group of a RabbitMQ's topics.
inline constexpr const char* amqp_group = "bench";

}  // namespace bench
