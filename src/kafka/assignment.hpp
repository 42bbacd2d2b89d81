#pragma once

#include <cstdint>

#include "kafka/handle.hpp"

/// What a member of a group is assigned, as librdkafka has to be told of it: whole with the eager
/// protocol, by what changes with the cooperative one. Call these on a worker.
namespace gateway::kafka {

[[nodiscard]] bool is_cooperative(const rd_kafka_t* handle);

/// Reads these from their offsets, which are stored to be committed. Their records wait in each
/// partition's own queue until somebody forwards that.
void assign(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions);

enum class Reassigned : std::uint8_t {
    yes,
    no,      ///< Not all of them are assigned any more. Nothing has changed.
    broken,  ///< Nobody knows what is read now: the member is of no use any more.
};

/// Reads these from other offsets than it did: with the eager protocol they are the whole
/// assignment. Their queues are then as after `assign`.
[[nodiscard]] Reassigned reassign(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions);

/// Reads these no more; what is stored for them is committed.
void unassign(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions);

/// Answers an assignment that is not wanted any more.
void decline(rd_kafka_t* handle);

}  // namespace gateway::kafka
