#include "kafka/start_offsets.hpp"

#include <chrono>
#include <span>
#include <string>

#include <fmt/format.h>

#include "kafka/error.hpp"

namespace gateway::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience = 5s;  ///< With each question.
constexpr std::int64_t at_the_end = -1;  ///< As a timestamp, in Kafka's ListOffsets request.

std::span<rd_kafka_topic_partition_t> each_of(rd_kafka_topic_partition_list_t* list) {
    return {list->elems, static_cast<std::size_t>(list->cnt)};
}

std::optional<Error> error_in(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                              std::string_view question) {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, question);
    for (const auto& each : each_of(list)) {
        if (each.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        return to_error(each.err, fmt::format("{} of topic \"{}\"", question, each.topic));
    }
    return std::nullopt;
}

}  // namespace

std::optional<Error> find_start_offsets(rd_kafka_t* handle,
                                        rd_kafka_topic_partition_list_t* partitions) {
    if (partitions->cnt == 0) return std::nullopt;
    const int timeout = static_cast<int>(patience.count());

    auto code = rd_kafka_committed(handle, partitions, timeout);
    if (auto error = error_in(code, partitions, "asking for the group's offsets")) return error;

    const Partitions ends(rd_kafka_topic_partition_list_new(partitions->cnt));
    for (const auto& each : each_of(partitions)) {
        if (each.offset >= 0) continue;
        rd_kafka_topic_partition_list_add(ends.get(), each.topic, each.partition)->offset =
            at_the_end;
    }
    if (ends->cnt == 0) return std::nullopt;

    code = rd_kafka_offsets_for_times(handle, ends.get(), timeout);
    if (auto error = error_in(code, ends.get(), "asking for the end")) return error;
    for (const auto& end : each_of(ends.get())) {
        rd_kafka_topic_partition_list_set_offset(partitions, end.topic, end.partition, end.offset);
    }
    // On its way before the member is live. Should the broker not take it, the same offsets are
    // stored, and committed at the interval.
    rd_kafka_commit(handle, ends.get(), 1);
    return std::nullopt;
}

}  // namespace gateway::kafka
