#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "memory/segment.hpp"

namespace gateway::memory {

/// One partition: its records in offset order, the oldest of which may be gone. After a compaction
/// offsets are missing in between; the newest record is always there.
///
/// Records are kept and dropped by segment. Segments grow from 1 KiB to 64 KiB, so that a small
/// partition is cheap and a reader that holds one of a large partition holds little. Owns no
/// thread; what `read` returns may be read on any.
class Log {
public:
    static constexpr std::size_t smallest_segment = 1 << 10;
    static constexpr std::size_t largest_segment = 64 << 10;

    /// A reader's place. Make one with the offset alone; the rest spares `read` a search.
    struct Cursor {
        std::int64_t offset = 0;
        std::int64_t segment = -1;
        std::size_t place = 0;
        std::uint64_t compactions = 0;
    };

    /// Before this offset nothing is kept; a compaction does not move it. And the offset that the
    /// next record gets.
    [[nodiscard]] std::int64_t begin() const { return begin_; }
    [[nodiscard]] std::int64_t end() const { return next_; }

    /// What it occupies, not only what it uses.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// Keeps a copy of an entry and returns its offset.
    std::int64_t append(std::span<const char> entry, Timestamp timestamp);

    /// The offset of the first record with this timestamp or a later one; `end()` if there is none.
    [[nodiscard]] std::int64_t since(Timestamp timestamp) const;

    /// Up to `max_records` entries from the cursor on, which moves behind them: none at the end,
    /// fewer where a segment ends. A cursor before the oldest record begins there.
    [[nodiscard]] Slice read(Cursor& cursor, std::size_t max_records) const;

    /// Drops the oldest segment, which may be the only one.
    void drop_oldest();

    /// Drops what is older than `oldest` or goes beyond `max_bytes`, whole segments only.
    void trim(std::optional<Timestamp> oldest, std::optional<std::size_t> max_bytes);

    /// Of the segments that are full, how much was written since the last compaction: 0 to 1.
    [[nodiscard]] double dirty_ratio() const;

    /// Drops every record of a full segment that has a successor with the same key, and tombstones
    /// older than `oldest_tombstone`.
    void compact(Timestamp oldest_tombstone);

private:
    static Slice read(const std::shared_ptr<Segment>& segment, Cursor& cursor,
                      std::size_t max_records);

    std::deque<std::shared_ptr<Segment>> segments_;
    std::int64_t begin_ = 0;
    std::int64_t next_ = 0;
    std::int64_t dirty_from_ = 0;
    std::uint64_t compactions_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace gateway::memory
