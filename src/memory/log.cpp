#include "memory/log.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "memory/compaction.hpp"

namespace gateway::memory {

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

std::int64_t Log::since(Timestamp timestamp) const {
    for (const auto& segment : segments_) {
        if (segment->newest() < timestamp) continue;
        for (std::size_t at = 0; at < segment->size();) {
            const auto head = read_head(segment->at(at));
            if (head.timestamp >= timestamp) return head.offset;
            at += head.size;
        }
    }
    return next_;
}

Slice Log::read(Cursor& cursor, std::size_t max_records) const {
    cursor.offset = std::max(cursor.offset, begin_);
    if (std::exchange(cursor.compactions, compactions_) != compactions_) cursor.segment = -1;

    auto found = std::ranges::upper_bound(segments_, cursor.offset, {}, &Segment::base);
    if (found != segments_.begin()) --found;
    for (; found != segments_.end() && cursor.offset < next_; ++found) {
        auto slice = read(*found, cursor, max_records);
        if (slice.count > 0) return slice;
    }
    return {};
}

Slice Log::read(const std::shared_ptr<Segment>& segment, Cursor& cursor, std::size_t max_records) {
    if (std::exchange(cursor.segment, segment->base()) != segment->base()) cursor.place = 0;

    std::size_t end = cursor.place;
    while (end < segment->size() && read_head(segment->at(end)).offset < cursor.offset) {
        end += read_head(segment->at(end)).size;
    }
    Slice slice{.segment = segment, .begin = end, .end = end, .count = 0};
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
    begin_ = segments_.empty() ? next_ : segments_.front()->base();
}

void Log::trim(std::optional<Timestamp> oldest, std::optional<std::size_t> max_bytes) {
    while (!segments_.empty()) {
        const bool is_old = oldest && segments_.front()->newest() < *oldest;
        const bool is_over = max_bytes && bytes_ > *max_bytes && segments_.size() > 1;
        if (!is_old && !is_over) return;
        drop_oldest();
    }
}

double Log::dirty_ratio() const {
    std::size_t full = 0;
    std::size_t dirty = 0;
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        full += segments_[i]->size();
        if (segments_[i]->base() >= dirty_from_) dirty += segments_[i]->size();
    }
    return full == 0 ? 0 : static_cast<double>(dirty) / static_cast<double>(full);
}

void Log::compact(Timestamp oldest_tombstone) {
    segments_ = compacted(segments_, largest_segment, oldest_tombstone);
    bytes_ = 0;
    for (const auto& segment : segments_) bytes_ += segment->capacity();
    dirty_from_ = segments_.empty() ? next_ : segments_.back()->base();
    ++compactions_;
}

}  // namespace gateway::memory
