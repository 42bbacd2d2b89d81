#include "kafka/hearsay.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace gateway::kafka {

namespace {

constexpr int patience = 2000;  ///< Milliseconds.

bool ask(rd_kafka_t* handle, bool all, const Catalog::Topics& topics) {
    const rd_kafka_metadata_t* reply = nullptr;
    rd_kafka_metadata(handle, all ? 1 : 0, nullptr, &reply, patience);
    const Metadata metadata(reply);
    if (!metadata) return false;
    const std::span known(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt));
    return std::all_of(topics.begin(), topics.end(), [&](const auto& wanted) {
        return std::any_of(known.begin(), known.end(), [&](const auto& topic) {
            return topic.topic == wanted.first && topic.err == RD_KAFKA_RESP_ERR_NO_ERROR &&
                   topic.partition_cnt >= wanted.second;
        });
    });
}

}  // namespace

bool hears_of(rd_kafka_t* handle, const Catalog::Topics& topics) {
    if (topics.empty()) return true;
    std::vector<Topic> local;  // Those that a handle asks for unless it asks for all.
    for (const auto& [name, partitions] : topics) {
        local.emplace_back(rd_kafka_topic_new(handle, name.c_str(), nullptr));
    }
    return ask(handle, false, topics);
}

bool hears_of_missing(rd_kafka_t* handle, const Catalog::Topics& topics) {
    return ask(handle, true, topics);
}

}  // namespace gateway::kafka
