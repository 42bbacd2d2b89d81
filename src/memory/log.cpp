#include "memory/log.hpp"

#include <algorithm>
#include <cassert>

namespace gateway::memory {

std::int64_t Log::begin() const { return segments_.empty() ? next_ : segments_.front()->base(); }

std::int64_t Log::append(std::span<const char> entry, Timestamp timestamp) {
    if (segments_.empty() || !segments_.back()->has_room(entry.size())) {
        const std::size_t usual = segments_.empty() ? smallest_segment
                                                    : std::clamp(segments_.back()->capacity() * 2,
                                                                 smallest_segment, largest_segment);
        const std::size_t capacity = std::max(usual, entry.size());
        segments_.push_back(std::make_shared<Segment>(next_, capacity));
        bytes_ += capacity;
    }
    segments_.back()->append(entry, next_, timestamp);
    return next_++;
}

Slice Log::read(Cursor& cursor, std::size_t max_records) const {
    cursor.offset = std::max(cursor.offset, begin());
    if (cursor.offset >= next_) return {};

    auto found = std::ranges::upper_bound(segments_, cursor.offset, {}, &Segment::base);
    --found;
    const Segment* segment = found->get();
    if (cursor.segment != segment->base()) {
        cursor.segment = segment->base();
        cursor.place = 0;
    }

    std::size_t end = cursor.place;
    while (end < segment->size() && read_head(segment->at(end)).offset < cursor.offset) {
        end += read_head(segment->at(end)).size;
    }
    Slice slice{.segment = *found, .begin = end, .end = end, .count = 0};
    while (slice.end < segment->size() && slice.count < max_records) {
        const auto head = read_head(segment->at(slice.end));
        slice.end += head.size;
        ++slice.count;
        cursor.offset = head.offset + 1;
    }
    cursor.place = slice.end;
    return slice;
}

void Log::drop_oldest() {
    assert(!segments_.empty());
    bytes_ -= segments_.front()->capacity();
    segments_.pop_front();
}

void Log::trim(std::optional<Timestamp> oldest, std::optional<std::size_t> max_bytes) {
    while (!segments_.empty()) {
        const bool is_old = oldest && segments_.front()->newest() < *oldest;
        const bool is_over = max_bytes && bytes_ > *max_bytes && segments_.size() > 1;
        if (!is_old && !is_over) return;
        drop_oldest();
    }
}

}  // namespace gateway::memory
