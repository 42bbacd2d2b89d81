#include "kafka/place.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "kafka/loss.hpp"

namespace gateway::kafka {

namespace {

using Partitions = std::vector<Located>;

std::optional<Error> apply(FromLatest, Partitions& partitions) {
    for (auto& each : partitions) each.start = each.latest;
    return std::nullopt;
}

std::optional<Error> apply(FromEarliest, Partitions& partitions) {
    for (auto& each : partitions) each.start = each.earliest;
    return std::nullopt;
}

std::optional<Error> apply(FromTime, Partitions& partitions) {
    for (auto& each : partitions) each.start = std::clamp(each.start, each.earliest, each.latest);
    return std::nullopt;
}

std::optional<Error> apply(FromLast last, Partitions& partitions) {
    for (auto& each : partitions) {
        const auto kept = each.latest - each.earliest;
        each.start = each.latest - std::clamp<std::int64_t>(last.offsets, 0, kept);
    }
    return std::nullopt;
}

std::optional<Error> apply(const Cursor& cursor, Partitions& partitions) {
    static_cast<void>(apply(FromEarliest{}, partitions));
    for (const auto& [topic, partition, offset] : cursor) {
        const auto found =
            std::find_if(partitions.begin(), partitions.end(), [&](const Located& each) {
                return each.partition == partition && each.topic == topic;
            });
        if (found == partitions.end()) {
            return Error(Errc::partition_not_found,
                         fmt::format("topic \"{}\" has no partition {}", topic, partition));
        }
        if (offset < found->earliest || offset > found->latest) {
            return out_of_range(offset, *found);
        }
        found->start = offset;
    }
    return std::nullopt;
}

}  // namespace

Result<std::vector<Located>> place(const Start& start, std::vector<Located> partitions) {
    auto error = std::visit([&](const auto& from) { return apply(from, partitions); }, start);
    if (error) return std::move(*error);
    return partitions;
}

}  // namespace gateway::kafka
