#include "kafka/start_offsets.hpp"

#include <chrono>

#include <fmt/format.h>

#include "kafka/error.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view about = "asking for the group's offsets";
constexpr std::chrono::milliseconds patience = 2s;  ///< Then the question comes again.

}  // namespace

std::optional<Error> find_committed(rd_kafka_t* handle,
                                    rd_kafka_topic_partition_list_t* partitions) {
    if (partitions->cnt == 0) return std::nullopt;
    const auto code = rd_kafka_committed(handle, partitions, static_cast<int>(patience.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, about);
    for (const auto& each : each_of(partitions)) {
        if (each.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        return to_error(each.err, fmt::format("{} of topic \"{}\"", about, each.topic));
    }
    return std::nullopt;
}

std::vector<TopicPartition> uncommitted(const rd_kafka_topic_partition_list_t* partitions) {
    std::vector<TopicPartition> list;
    for (const auto& each : each_of(partitions)) {
        if (each.offset < 0) list.push_back({each.topic, each.partition});
    }
    return list;
}

void commit_starts(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions,
                   std::span<const Position> starts) {
    if (starts.empty()) return;
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(starts.size())));
    for (const auto& [topic, partition, offset] : starts) {
        rd_kafka_topic_partition_list_set_offset(partitions, topic.c_str(), partition, offset);
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    }
    // On its way before the member is live. Should the broker not take it, the same offsets are
    // stored, and committed at the interval.
    rd_kafka_commit(handle, list.get(), 1);
}

}  // namespace gateway::kafka
