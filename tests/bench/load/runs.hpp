#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "load/address.hpp"

namespace bench {

/// What every run needs to know. `server` is the process whose processor time is counted.
struct Target {
    Address address;
    pid_t server = 0;
    std::string brokers;
};

struct Shape {
    std::size_t connections = 1;
    std::size_t per_frame = 1;
    std::size_t value_size = 100;
    std::chrono::milliseconds duration{3000};
    std::size_t window = 1000;  ///< acked: unanswered messages of one connection.
    std::uint64_t rate = 1000;  ///< latency: messages a second.
    std::string topic;          ///< egress: one that has been filled.
};

// Each run drives one server and returns a line of JSON. Throws std::runtime_error if the server
// closes a connection, refuses something, stops answering, or loses a message.

/// Sends as fast as the server reads. The clock stops when all of it is on the broker: each
/// connection's last message asks for an acknowledgement. The topic's end is compared with what was
/// sent.
std::string run_ingest(const Target& target, const Shape& shape);

/// Sends messages that each ask for an acknowledgement, with at most `window` unanswered.
std::string run_acked(const Target& target, const Shape& shape);

/// Subscribes each connection with a group of its own to a filled topic, from its beginning, and
/// counts. The clock runs once each has received something.
std::string run_egress(const Target& target, const Shape& shape);

/// One connection sends at an even rate, another receives.
std::string run_latency(const Target& target, const Shape& shape);

/// Opens connections that do nothing, then lets each ask one thing, and reads the server's memory.
std::string run_idle(const Target& target, const Shape& shape);

}  // namespace bench
