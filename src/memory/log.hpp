#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "memory/segment.hpp"

namespace gateway::memory {

/// One partition: its records in offset order, the oldest of which may be gone.
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
    };

    /// The offset of the oldest record that is kept, and the one that the next record gets.
    [[nodiscard]] std::int64_t begin() const;
    [[nodiscard]] std::int64_t end() const { return next_; }

    /// What it occupies, not only what it uses.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// Keeps a copy of an entry and returns its offset.
    std::int64_t append(std::span<const char> entry, Timestamp timestamp);

    /// Up to `max_records` entries from the cursor on, which moves behind them: none at the end,
    /// fewer where a segment ends. A cursor before the oldest record begins there.
    [[nodiscard]] Slice read(Cursor& cursor, std::size_t max_records) const;

    /// Drops the oldest segment, which may be the only one.
    void drop_oldest();

    /// Drops what is older than `oldest` or goes beyond `max_bytes`, whole segments only.
    void trim(std::optional<Timestamp> oldest, std::optional<std::size_t> max_bytes);

private:
    std::deque<std::shared_ptr<Segment>> segments_;
    std::int64_t next_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace gateway::memory
