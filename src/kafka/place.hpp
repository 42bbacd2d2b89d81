#pragma once

#include <vector>

#include "base/result.hpp"
#include "broker/start.hpp"

namespace gateway::kafka {

/// Where reading begins in partitions whose ends are known: fills in each one's `start`. For
/// FromTime it holds already what the broker said, and is kept within the partition.
///
/// Fails with partition_not_found or offset_out_of_range for what a Cursor names and `partitions`
/// do not have.
[[nodiscard]] Result<std::vector<Located>> place(const Start& start,
                                                 std::vector<Located> partitions);

}  // namespace gateway::kafka
