#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "fanout/form.hpp"
#include "load/address.hpp"

namespace bench {

/// What is said to a server that spreads a topic's records to its subscribers.
class Dialect {
public:
    virtual ~Dialect() = default;

    /// Makes the topic at the server, where it does not appear by itself.
    virtual void make_topic(const Address& server) const = 0;

    /// What a connection says to become a subscriber, and what the answer to it holds. Nothing is
    /// said if it is empty: the connection is one already.
    [[nodiscard]] virtual std::string subscription() const = 0;
    [[nodiscard]] virtual std::string_view answer() const = 0;

    /// Where records are sent to, and what is said there first, as above.
    [[nodiscard]] virtual Address entrance(const Address& server) const = 0;
    [[nodiscard]] virtual std::string greeting() const = 0;

    /// The payload of a frame that publishes these values.
    [[nodiscard]] virtual std::string publication(std::span<const std::string> values) const = 0;

    /// What a reply on the entrance holds that says it went wrong.
    [[nodiscard]] virtual std::string_view refusal() const = 0;

    /// How values of this size arrive, as they stand in their frame.
    [[nodiscard]] virtual Form form(std::size_t value_bytes) const = 0;
};

/// `name` is `kafka-ws` for the server and the Go bridge, `nats`, or `plain` for the programs in
/// peers/, which pass on what they get; `detour` for the one that does so through the topic.
/// `group` is that of the subscribers; empty is broadcast. Throws std::runtime_error for another
/// name.
[[nodiscard]] std::unique_ptr<Dialect> make_dialect(std::string_view name, std::string topic,
                                                    std::string group);

/// What subscribes to a topic as a broadcast; `more` are further members of the payload, each with
/// a comma before it.
[[nodiscard]] std::string broadcast(std::string_view topic, std::string_view more = {});

}  // namespace bench
