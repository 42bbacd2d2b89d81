#include "gateway/offsets.hpp"

#include <algorithm>
#include <utility>

namespace gateway {

void Offsets::note(std::string_view topic, std::int32_t partition, std::int64_t next) {
    const auto is_it = [&](const Position& position) {
        return position.partition == partition && position.topic == topic;
    };
    if (last_ >= next_.size() || !is_it(next_[last_])) {
        for (last_ = 0; last_ < next_.size() && !is_it(next_[last_]);) ++last_;
        if (last_ == next_.size()) next_.push_back({std::string(topic), partition, 0});
    }
    next_[last_].offset = next;
}

void Offsets::drop(std::span<const TopicPartition> partitions) {
    last_ = 0;
    std::erase_if(next_, [&](const Position& each) {
        return std::ranges::find(partitions, TopicPartition{each.topic, each.partition}) !=
               partitions.end();
    });
}

std::optional<std::int64_t> Offsets::find(std::string_view topic, std::int32_t partition) const {
    for (const Position& each : next_) {
        if (each.partition == partition && each.topic == topic) return each.offset;
    }
    return std::nullopt;
}

std::vector<Position> Offsets::take() {
    last_ = 0;
    return std::exchange(next_, {});
}

}  // namespace gateway
