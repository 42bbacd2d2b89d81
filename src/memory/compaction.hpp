#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "memory/segment.hpp"

namespace gateway::memory {

/// Segments with the newest record of each key alone, and those without a key, all at the offsets
/// they had. Tombstones go too if their timestamp is before `oldest_tombstone`.
///
/// The last segment, which is still written to, is left as it is, though its records count as newer
/// ones. New segments have at most `largest` bytes, or the size of a single record.
[[nodiscard]] std::deque<std::shared_ptr<Segment>> compacted(
    const std::deque<std::shared_ptr<Segment>>& segments, std::size_t largest,
    Timestamp oldest_tombstone);

}  // namespace gateway::memory
