#pragma once

#include <optional>

#include "base/error.hpp"
#include "kafka/handle.hpp"

namespace gateway::kafka {

/// Where a member begins in the partitions it was just assigned: where its group has committed, and
/// at the end of those where it has committed nothing. These ends are committed, too, so that
/// whoever takes over before the first record begins in the same place.
///
/// Fills in the offset of each of `partitions`, and blocks for some seconds at most: call it on a
/// worker. On failure nothing is promised of the offsets, and the error says whether to try again.
[[nodiscard]] std::optional<Error> find_start_offsets(rd_kafka_t* handle,
                                                      rd_kafka_topic_partition_list_t* partitions);

}  // namespace gateway::kafka
