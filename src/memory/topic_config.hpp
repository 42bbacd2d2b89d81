#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace gateway::memory {

/// A topic's settings, by Kafka's names and with Kafka's meanings, as far as the embedded broker
/// knows them.
///
/// What is too old or too much goes, by whole segments, when the partition grows by one, and what
/// is too old also when the topic is located. A compacted topic takes no record without a key. Its
/// partitions are compacted when they grow by a segment and `min.cleanable.dirty.ratio` of what is
/// in the others is new, though a tenth at least: older records of a key go, the last segment
/// aside; a tombstone goes `delete.retention.ms` after its timestamp.
struct TopicConfig {
    enum class Cleanup { remove, compact, both };

    /// A compaction reads all that there is. Below this it might do so for each large record.
    static constexpr double least_dirty_ratio = 0.1;

    Cleanup cleanup = Cleanup::remove;
    std::optional<std::size_t> retention_bytes;          ///< Of each partition.
    std::optional<std::chrono::milliseconds> retention;  ///< By the records' timestamps.
    std::optional<std::size_t> max_record_bytes;
    double min_dirty_ratio = 0.5;  ///< `least_dirty_ratio` or more.
    std::chrono::milliseconds tombstone_retention = std::chrono::hours(24);

    [[nodiscard]] bool compacts() const { return cleanup != Cleanup::remove; }
    [[nodiscard]] bool expires() const { return cleanup != Cleanup::compact; }
};

/// Fails with invalid_topic_config and names the setting that is unknown or wrong.
Result<TopicConfig> parse_topic_config(const std::map<std::string, std::string>& settings);

}  // namespace gateway::memory
