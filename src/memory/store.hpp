#pragma once

#include <cstddef>
#include <functional>
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

    /// From now on called with each new topic, within the call that creates it.
    void on_created(std::function<void(Topic&)> hook) { created_hook_ = std::move(hook); }

    /// Creates a topic; nothing happens to one that exists. Fails with invalid_topic,
    /// invalid_topic_config, or limit_reached at `max_topics`.
    [[nodiscard]] std::optional<Error> create(const TopicSpec& spec);

    /// A topic, created if `auto_create` says so; else topic_not_found, or what `create` says.
    Result<Topic*> open(std::string_view name);

    /// All of these, in order; or the first error, with the topic's name.
    Result<std::vector<Topic*>> open(const std::set<std::string>& names);

    /// Nothing if there is none.
    [[nodiscard]] Topic* find(std::string_view name);

    /// In order, without internal ones.
    [[nodiscard]] std::vector<Topic*> topics() const;
    [[nodiscard]] std::vector<TopicPartition> list() const;

    /// Appends every record of a block, or writes down why not: the topic's error,
    /// partition_not_found, record_too_large for the topic, or invalid_record where it has no key
    /// and is compacted. Then drops the oldest records of the largest partition while all occupy
    /// more than `max_bytes`.
    void append(Block& block, Timestamp now);

    /// Drops what is too old.
    void expire(Topic& topic, Timestamp now);

    /// The partitions written to since the last call.
    [[nodiscard]] std::vector<Partition*> take_touched();

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    void append(Topic& topic, Block& block, Block::Item& item, const char* entry, Timestamp now);
    [[nodiscard]] static std::optional<Error> refusal(const Topic& topic, const Block::Item& item,
                                                      const EntryHead& head);
    static void clean(const TopicConfig& config, Log& log, Timestamp now);
    void account(Log& log, std::size_t before);
    void trim();

    Options options_;
    std::function<void(Topic&)> created_hook_;
    std::map<std::string, std::unique_ptr<Topic>, std::less<>> topics_;
    std::set<std::pair<std::size_t, Log*>> by_size_;
    std::size_t bytes_ = 0;
    std::vector<Partition*> touched_;
};

}  // namespace gateway::memory
