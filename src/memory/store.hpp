#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "memory/block.hpp"
#include "memory/options.hpp"
#include "memory/topic.hpp"

namespace gateway::memory {

/// All topics, and the bound on what they occupy together. A topic stays for ever. Touched by the
/// broker thread alone.
class Store {
public:
    explicit Store(const Options& options) : options_(options) {}

    /// Creates a topic; nothing happens to one that exists. Fails with invalid_topic,
    /// invalid_topic_config, or limit_reached at `max_topics`.
    [[nodiscard]] std::optional<Error> create(const TopicSpec& spec);

    /// A topic, created if `auto_create` says so; else topic_not_found, or what `create` says.
    Result<Topic*> open(std::string_view name);

    /// Nothing if there is none.
    [[nodiscard]] Topic* find(std::string_view name);

    /// Ordered, without internal topics.
    [[nodiscard]] std::vector<TopicPartition> list() const;

    /// Appends every record of a block, or writes down why not: the topic's error,
    /// partition_not_found, or record_too_large for the topic. Then drops the oldest records of the
    /// largest partition while all occupy more than `max_bytes`.
    void append(Block& block, Timestamp now);

    /// The partitions written to since the last call.
    [[nodiscard]] std::vector<Partition*> take_touched();

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    void append(Topic& topic, Block& block, Block::Item& item, const char* entry, Timestamp now);
    void account(Log& log, std::size_t before);
    void trim();

    Options options_;
    std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_;
    std::set<std::pair<std::size_t, Log*>> by_size_;
    std::size_t bytes_ = 0;
    std::vector<Partition*> touched_;
};

}  // namespace gateway::memory
