#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace gateway::memory {

/// A topic's settings, by Kafka's names and with Kafka's meanings. The embedded broker knows
/// `cleanup.policy` (kept; it deletes and does not compact), `retention.bytes`, `retention.ms`
/// (both looked at when the partition is written to) and `max.message.bytes`.
struct TopicConfig {
    enum class Cleanup { remove, compact, both };

    Cleanup cleanup = Cleanup::remove;
    std::optional<std::size_t> retention_bytes;  ///< Of each partition.
    std::optional<std::chrono::milliseconds> retention;
    std::optional<std::size_t> max_record_bytes;
};

/// Fails with invalid_topic_config and names the setting that is unknown or wrong.
Result<TopicConfig> parse_topic_config(const std::map<std::string, std::string>& settings);

}  // namespace gateway::memory
