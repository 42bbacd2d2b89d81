#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "broker/record.hpp"
#include "kafka/handle.hpp"

namespace gateway::kafka {

/// Fills in where the group has committed, of the partitions that a member was just assigned.
/// Blocks for some seconds at most: call it on a worker. On failure nothing is promised of the
/// offsets, and the error says whether to try again.
[[nodiscard]] std::optional<Error> find_committed(rd_kafka_t* handle,
                                                  rd_kafka_topic_partition_list_t* partitions);

/// Those that it has committed nothing for.
[[nodiscard]] std::vector<TopicPartition> uncommitted(
    const rd_kafka_topic_partition_list_t* partitions);

/// Fills in where these begin, and commits it, so that whoever takes over before the first record
/// begins in the same place.
void commit_starts(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions,
                   std::span<const Position> starts);

}  // namespace gateway::kafka
