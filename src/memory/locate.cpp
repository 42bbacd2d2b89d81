#include "memory/locate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gateway::memory {

StartOffsets::StartOffsets(const Start& start) : start_(start) {
    if (const auto* cursor = std::get_if<Cursor>(&start)) {
        for (const auto& each : *cursor) cursor_[{each.topic, each.partition}] = each.offset;
    }
}

std::optional<Error> StartOffsets::check(std::span<Topic* const> topics) const {
    for (const auto& [partition, offset] : cursor_) {
        const auto topic = std::ranges::find(topics, partition.topic,
                                             [](const auto* each) { return *each->name(); });
        if (topic == topics.end() || partition.partition < 0 ||
            partition.partition >= (*topic)->size()) {
            return Error(Errc::partition_not_found,
                         fmt::format("there is no partition {} of {} among these topics",
                                     partition.partition, partition.topic));
        }
    }
    return std::nullopt;
}

Result<std::int64_t> StartOffsets::find(const TopicPartition& partition, const Log& log) const {
    if (std::holds_alternative<FromLatest>(start_)) return log.end();
    if (const auto* time = std::get_if<FromTime>(&start_)) return log.since(time->at);
    if (const auto* last = std::get_if<FromLast>(&start_)) {
        return log.end() - std::clamp<std::int64_t>(last->offsets, 0, log.end() - log.begin());
    }
    const auto listed = cursor_.find(partition);
    if (listed == cursor_.end()) return log.begin();
    if (listed->second < log.begin() || listed->second > log.end()) {
        return out_of_range(partition, listed->second, log);
    }
    return listed->second;
}

Error out_of_range(const TopicPartition& partition, std::int64_t offset, const Log& log) {
    return {Errc::offset_out_of_range,
            fmt::format("partition {} of {} has offsets from {} to {}, not {}", partition.partition,
                        partition.topic, log.begin(), log.end(), offset)};
}

Result<std::vector<Located>> locate(Store& store, const std::vector<std::string>& names,
                                    const Start& start, Timestamp now) {
    const auto topics = store.open(std::set<std::string>(names.begin(), names.end()));
    if (!topics) return topics.error();
    const StartOffsets offsets(start);
    if (auto error = offsets.check(*topics)) return std::move(*error);

    std::vector<Located> all;
    for (auto* topic : *topics) {
        store.expire(*topic, now);
        for (std::int32_t i = 0; i < topic->size(); ++i) {
            const Log& log = topic->at(i).log;
            const auto offset = offsets.find({*topic->name(), i}, log);
            if (!offset) return offset.error();
            all.push_back({.topic = *topic->name(),
                           .partition = i,
                           .earliest = log.begin(),
                           .latest = log.end(),
                           .start = *offset});
        }
    }
    return all;
}

}  // namespace gateway::memory
