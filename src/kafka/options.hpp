#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace gateway::kafka {

/// `kafka.*`: our own bounds, and librdkafka's properties by librdkafka's names.
struct Options {
    using Properties = std::map<std::string, std::string>;

    std::string name = "kafka";                  ///< How clients and `/health` call this broker.
    std::size_t max_dedicated_producers = 8;     ///< Above it, connections of a shard share one.
    std::size_t max_group_members = 512;         ///< Above it, subscribe is refused: limit_reached.
    std::size_t max_readers = 64;                ///< Above it, readers are refused: limit_reached.
    std::size_t max_topics_per_producer = 1000;  ///< Topic handles kept open by one producer.
    std::size_t max_topics_per_member = 1000;    ///< Of a member with patterns: limit_reached.
    std::chrono::milliseconds probe_interval{
        5000};  ///< How often the broker is asked whether it is there.

    /// Records leave at once instead of being gathered for some milliseconds, where the properties
    /// do not say otherwise. Meant for `producer.mq_interval: null`.
    bool immediate = false;

    Properties common;    ///< `kafka.NAME`: for every handle.
    Properties producer;  ///< `kafka.producer.NAME`: over the common ones.
    Properties consumer;  ///< `kafka.consumer.NAME`: over the common ones.
};

}  // namespace gateway::kafka
