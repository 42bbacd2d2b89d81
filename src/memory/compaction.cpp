#include "memory/compaction.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gateway::memory {

namespace {

using Segments = std::deque<std::shared_ptr<Segment>>;

/// Calls `visit(entry, head)` for each entry of a segment.
template <typename Visit>
void each_entry(const Segment& segment, Visit visit) {
    for (std::size_t at = 0; at < segment.size();) {
        const auto head = read_head(segment.at(at));
        visit(segment.at(at), head);
        at += head.size;
    }
}

std::unordered_map<std::string_view, std::int64_t> newest_offsets(const Segments& segments) {
    std::unordered_map<std::string_view, std::int64_t> newest;
    for (const auto& segment : segments) {
        each_entry(*segment, [&](const char* entry, const EntryHead& head) {
            if (const auto key = entry_key(entry, head)) newest[*key] = head.offset;
        });
    }
    return newest;
}

}  // namespace

Segments compacted(const Segments& segments, std::size_t largest, Timestamp oldest_tombstone) {
    if (segments.empty()) return {};

    const auto newest = newest_offsets(segments);
    std::vector<const char*> kept;
    std::size_t bytes = 0;
    for (auto segment = segments.begin(); segment + 1 != segments.end(); ++segment) {
        each_entry(**segment, [&](const char* entry, const EntryHead& head) {
            const auto key = entry_key(entry, head);
            if (key && newest.at(*key) != head.offset) return;
            if (key && head.value_size < 0 && head.timestamp < oldest_tombstone) return;
            kept.push_back(entry);
            bytes += head.size;
        });
    }

    Segments result;
    for (const char* entry : kept) {
        const auto head = read_head(entry);
        if (result.empty() || !result.back()->has_room(head.size)) {
            const std::size_t capacity = std::max<std::size_t>(std::min(bytes, largest), head.size);
            result.push_back(std::make_shared<Segment>(head.offset, capacity));
        }
        result.back()->append({entry, head.size}, head.timestamp);
        bytes -= head.size;
    }
    result.push_back(segments.back());
    return result;
}

}  // namespace gateway::memory
