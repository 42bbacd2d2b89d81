#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "broker/broker.hpp"

/// The contract of src/broker, as test cases. Every implementation of Broker links this suite into
/// its own test executable, and defines the three functions below: that is all a case knows of the
/// broker it tests.
///
/// Brokers differ in their Capabilities. Every case of the common part holds for all; the log part
/// is for those that have positions, partitions, settings and patterns, the queue part for those
/// that have none of these. A broker links its part, and each begins with cases that it says so
/// itself.
///
/// Cases share one broker but no topic and no group. They wait for events, never for time, so a
/// fast broker passes in milliseconds; `patience` is only how long a case waits before it fails.
namespace gateway::contract {

/// What a case needs to be different from the broker's defaults.
struct Setup {
    std::size_t max_queue_bytes = 4 << 20;  ///< About where a producer says queue_full.
};

/// A broker that is not started yet. Sends and subscriptions do not create topics in it, records
/// up to 1,000,000 bytes are taken, and those of 2,000,000 are not.
std::unique_ptr<Broker> make_broker(const Setup& setup);

/// Settings of a topic that the broker compacts as soon as it can.
std::map<std::string, std::string> eager_compaction();

/// How long an answer may take on a busy machine.
std::chrono::milliseconds patience();

}  // namespace gateway::contract
