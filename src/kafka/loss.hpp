#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"

namespace gateway::kafka {

/// `auto.offset.reset`: where to go on when the record to read next is not kept any more.
enum class OffsetReset : std::uint8_t { earliest, latest, error };

/// Where reading goes on.
struct Recovery {
    std::int64_t next = 0;
    std::optional<Lost> lost{};  ///< Unless it goes on where it was.
};

/// What becomes of a partition's reading after its leader said that the offset to read next is out
/// of range: nothing, if it is not. With OffsetReset::error offset_out_of_range.
[[nodiscard]] Result<Recovery> recover(std::int64_t wanted, const Located& found,
                                       OffsetReset reset);

/// The error offset_out_of_range, with the offsets that there are.
[[nodiscard]] Error out_of_range(std::int64_t wanted, const Located& found);

}  // namespace gateway::kafka
