#include "fanout/ring.hpp"

#include <algorithm>
#include <utility>

namespace gateway::fanout {

namespace {

/// The entry of a partition, made from `position` if there is none.
std::int64_t& offset_of(std::vector<Position>& positions, const Position& position) {
    const auto found =
        std::ranges::lower_bound(positions, position.partition, {}, &Position::partition);
    if (found != positions.end() && found->partition == position.partition) return found->offset;
    return positions.insert(found, position)->offset;
}

void pass(std::vector<Position>& positions, const Batch& batch) {
    for (const Range& range : batch.ranges()) {
        offset_of(positions, {range.topic, range.partition, 0}) = range.to;
    }
}

}  // namespace

void Ring::push(BatchPointer batch) {
    for (const Range& range : batch->ranges()) {
        begin({range.topic, range.partition, range.from});
    }
    pass(heads_, *batch);
    bytes_ += batch->bytes();
    records_ += batch->records().size();
    batches_.push_back(std::move(batch));
    ++next_;
}

void Ring::trim(Bounds bounds) {
    while (batches_.size() > 1 && (bytes_ > bounds.bytes || records_ > bounds.records)) {
        drop_oldest();
    }
}

void Ring::trim_before(std::uint64_t oldest) {
    while (!batches_.empty() && this->oldest() < oldest) drop_oldest();
}

void Ring::begin(const Position& position) {
    offset_of(heads_, position);
    offset_of(begins_, position);
}

std::vector<Position> Ring::heads_at(std::uint64_t sequence) const {
    std::vector<Position> heads = begins_;
    for (std::uint64_t each = oldest(); each < sequence; ++each) pass(heads, at(each));
    return heads;
}

std::optional<std::uint64_t> Ring::find(std::span<const Position> wanted) const {
    const auto is_before = [&](const std::vector<Position>& positions, const Position& each) {
        const auto found =
            std::ranges::lower_bound(positions, each.partition, {}, &Position::partition);
        return found != positions.end() && found->partition == each.partition &&
               each.offset < found->offset;
    };
    std::size_t missing = 0;
    for (const Position& each : wanted) {
        if (is_before(begins_, each)) return std::nullopt;
        if (is_before(heads_, each)) ++missing;
    }
    std::uint64_t sequence = next_;
    while (missing > 0) {
        for (const Range& range : at(--sequence).ranges()) {
            const auto found =
                std::ranges::lower_bound(wanted, range.partition, {}, &Position::partition);
            if (found == wanted.end() || found->partition != range.partition) continue;
            if (range.from <= found->offset && found->offset < range.to) --missing;
        }
    }
    return sequence;
}

void Ring::drop_oldest() {
    pass(begins_, *batches_.front());
    bytes_ -= batches_.front()->bytes();
    records_ -= batches_.front()->records().size();
    batches_.pop_front();
}

}  // namespace gateway::fanout
