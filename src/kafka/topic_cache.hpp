#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kafka/handle.hpp"

namespace gateway::kafka {

/// The topic handles a producer keeps open, so that a send does not look its topic up by name in
/// librdkafka. Above its limit the oldest goes; records queued for it are not affected.
class TopicCache {
public:
    /// `limit` is at least 1. `handle` must outlive the cache.
    TopicCache(rd_kafka_t* handle, std::size_t limit) : handle_(handle), limit_(limit) {}

    /// Null where librdkafka refuses the name; rd_kafka_last_error() says why.
    [[nodiscard]] rd_kafka_topic_t* open(std::string_view name);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const {
            return std::hash<std::string_view>()(name);
        }
    };

    rd_kafka_t* handle_;
    std::size_t limit_;
    std::unordered_map<std::string, Topic, Hash, std::equal_to<>> topics_;
    std::deque<std::string> ages_;  ///< Oldest first.

    // What is sent next mostly goes where the last one went.
    std::string_view last_name_;
    rd_kafka_topic_t* last_ = nullptr;
};

}  // namespace gateway::kafka
