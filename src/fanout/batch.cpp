#include "fanout/batch.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace gateway::fanout {

namespace {

/// What a record takes beside its own bytes, here and in a frame.
constexpr std::size_t record_overhead = sizeof(Record) + 32;

/// What a frame takes beside its text: at rest, where each record is a batch, most of it.
constexpr std::size_t frame_overhead = 256;

}  // namespace

std::size_t ViewFrame::bytes() const {
    const std::size_t own = sizeof(ViewFrame) + records.size() * sizeof(records.front());
    return frame ? own + frame_overhead + frame->size() : own;
}

void Batch::add(const Record& record, std::int64_t head) {
    Range& range = range_of(record.partition, head);
    range.to = record.offset + 1;

    Record& kept = records_.emplace_back();
    kept.topic = *topic_;
    kept.partition = record.partition;
    kept.offset = record.offset;
    kept.timestamp = record.timestamp;
    kept.key = keep(record.key);
    kept.value = keep(record.value);
    bytes_ += record_overhead;
    if (record.headers.empty()) return;

    const std::size_t count = record.headers.size();
    auto* headers = static_cast<Header*>(memory_.allocate(count * sizeof(Header), alignof(Header)));
    for (std::size_t i = 0; i < count; ++i) {
        const Header& header = record.headers[i];
        std::construct_at(headers + i, Header{keep(header.name), keep(header.value)});
    }
    kept.headers = {headers, count};
    bytes_ += count * sizeof(Header);
}

void Batch::add(const Lost& lost, std::int64_t head) {
    range_of(lost.partition, head).to = lost.next;
    losses_.push_back(lost);
}

void Batch::pass(std::int32_t partition, std::int64_t head, std::int64_t to) {
    range_of(partition, head).to = to;
}

void Batch::seal(std::uint64_t sequence, std::uint64_t oldest, std::vector<ViewFrame> frames) {
    sequence_ = sequence;
    oldest_ = oldest;
    frames_ = std::move(frames);
    bytes_ += sizeof(Batch) + first_block;
    for (const ViewFrame& each : frames_) bytes_ += each.bytes();
}

const ViewFrame* Batch::frame_of(ViewId view) const {
    const auto found = std::ranges::lower_bound(frames_, view, {}, &ViewFrame::view);
    return found == frames_.end() || found->view != view ? nullptr : &*found;
}

std::string_view Batch::keep(std::string_view bytes) {
    if (bytes.empty()) return "";
    auto* place = static_cast<char*>(memory_.allocate(bytes.size(), 1));
    std::memcpy(place, bytes.data(), bytes.size());
    bytes_ += bytes.size();
    return {place, bytes.size()};
}

std::optional<std::string_view> Batch::keep(std::optional<std::string_view> bytes) {
    if (!bytes) return std::nullopt;
    return keep(*bytes);
}

Range& Batch::range_of(std::int32_t partition, std::int64_t head) {
    // Runs of one partition are long.
    if (!ranges_.empty() && ranges_.back().partition == partition) return ranges_.back();
    const auto found = std::ranges::find(ranges_, partition, &Range::partition);
    if (found != ranges_.end()) return *found;
    return ranges_.emplace_back(Range{*topic_, partition, head, head});
}

}  // namespace gateway::fanout
