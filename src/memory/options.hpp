#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gateway::memory {

/// `memory.*`: the embedded broker, used when no other is configured.
struct Options {
    std::string name = "memory";        ///< How clients and `/health` call this broker.
    std::size_t max_bytes = 256 << 20;  ///< Of all records; then the largest partition's oldest go.
    std::size_t max_topics = 1000;
    std::int32_t partitions = 1;              ///< Of a topic created without a number.
    std::int32_t max_partitions = 100;        ///< Of one topic.
    bool auto_create = true;                  ///< A send or a subscription creates its topic.
    std::size_t max_record_bytes = 1000000;   ///< Key, value and headers; each header 8 more.
    std::size_t max_queue_bytes = 4 << 20;    ///< Of one producer, on their way into the broker.
    std::size_t max_positions = 1000 * 1000;  ///< Committed, of all groups; then idle groups go.
};

}  // namespace gateway::memory
