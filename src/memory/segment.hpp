#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "memory/entry.hpp"

namespace gateway::memory {

/// A stretch of a log: entries one after the other in memory of fixed size.
///
/// The broker thread appends; what was appended never changes and never moves. So another thread
/// that was handed a stretch `[begin, end)` of it may read that stretch without a lock, as long as
/// it holds the segment.
class Segment {
public:
    Segment(std::int64_t base, std::size_t capacity)
        : base_(base),
          capacity_(capacity),
          bytes_(std::make_unique_for_overwrite<char[]>(capacity)) {}

    /// The offset at which it began.
    [[nodiscard]] std::int64_t base() const { return base_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    /// The latest timestamp in it; -1 while it is empty.
    [[nodiscard]] Timestamp newest() const { return newest_; }

    [[nodiscard]] const char* at(std::size_t place) const { return bytes_.get() + place; }
    [[nodiscard]] bool has_room(std::size_t bytes) const { return size_ + bytes <= capacity_; }

    /// Copies an entry and gives it its place, if it does not have it already. There must be room.
    void append(std::span<const char> entry, std::int64_t offset, Timestamp timestamp) {
        char* to = bytes_.get() + size_;
        append(entry, timestamp);
        stamp_entry(to, offset, timestamp);
    }
    void append(std::span<const char> entry, Timestamp timestamp) {
        assert(has_room(entry.size()));
        std::memcpy(bytes_.get() + size_, entry.data(), entry.size());
        size_ += entry.size();
        newest_ = std::max(newest_, timestamp);
    }

private:
    std::int64_t base_;
    std::size_t capacity_;
    std::size_t size_ = 0;
    Timestamp newest_ = -1;
    std::unique_ptr<char[]> bytes_;
};

/// Entries of one segment on their way to a reader, which they keep alive.
struct Slice {
    std::shared_ptr<const Segment> segment;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t count = 0;
};

}  // namespace gateway::memory
