#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "load/address.hpp"

namespace bench {

/// `server` is the process whose processor time and memory count. Without `brokers` it holds its
/// topics itself.
struct Stage {
    Address address;
    pid_t server = 0;
    std::string brokers;
    std::string dialect = "kafka-ws";
};

struct Audience {
    std::size_t subscribers = 100;
    std::size_t value_size = 100;
    std::chrono::milliseconds duration{3000};
    std::size_t per_frame = 0;       ///< Records in a frame that publishes; 0: a quarter window.
    std::size_t under_way = 500000;  ///< speed: deliveries outstanding at most, all together.
    std::uint64_t rate = 10;         ///< latency: records a second.
    std::uint64_t records = 100000;  ///< catch-up: how many.
    std::string group;               ///< Of the subscribers; empty: broadcast.
};

// Each run drives one server and returns a line of JSON. Throws std::runtime_error if the server
// closes a connection, refuses something or stops answering.

/// As many deliveries as it makes: records are sent as fast as they are delivered, with so many
/// under way.
std::string run_speed(const Stage& stage, const Audience& audience);

/// The same where each subscriber has a filter of its own, and each record matches one.
std::string run_filters(const Stage& stage, const Audience& audience);

/// Sends single records at an even rate; their delays to every subscriber.
std::string run_latency(const Stage& stage, const Audience& audience);

/// Fills a topic, then lets the subscribers read it from its beginning.
std::string run_catch_up(const Stage& stage, const Audience& audience);

/// The server's memory with idle connections, and with the same subscribed.
std::string run_memory(const Stage& stage, const Audience& audience);

}  // namespace bench
