#include "memory/store.hpp"

#include <fmt/format.h>

#include "broker/topic_name.hpp"
#include "memory/entry.hpp"

namespace gateway::memory {

namespace {

std::uint32_t add_error(Block& block, Error error) {
    block.errors.push_back(std::move(error));
    return static_cast<std::uint32_t>(block.errors.size() - 1);
}

}  // namespace

std::optional<Error> Store::create(const TopicSpec& spec) {
    if (!is_topic_name(spec.topic)) return Errc::invalid_topic;
    if (find(spec.topic)) return std::nullopt;

    const auto partitions = spec.partitions.value_or(options_.partitions);
    if (partitions < 1 || partitions > options_.max_partitions) {
        return Error(Errc::invalid_topic_config,
                     fmt::format("a topic has 1 to {} partitions (memory.max_partitions)",
                                 options_.max_partitions));
    }
    if (spec.replication.value_or(1) != 1) {
        return Error(Errc::invalid_topic_config, "the embedded broker keeps 1 copy of a topic");
    }
    const auto config = parse_topic_config(spec.config);
    if (!config) return config.error();
    if (topics_.size() >= options_.max_topics) {
        return Error(Errc::limit_reached, fmt::format("there are {} topics already "
                                                      "(memory.max_topics)",
                                                      options_.max_topics));
    }
    const auto added =
        topics_.emplace(spec.topic, std::make_unique<Topic>(spec.topic, partitions, *config));
    if (created_hook_) created_hook_(*added.first->second);
    return std::nullopt;
}

Result<Topic*> Store::open(std::string_view name) {
    if (Topic* topic = find(name)) return topic;
    if (!is_topic_name(name)) return Error(Errc::invalid_topic);
    if (!options_.auto_create) return Error(Errc::topic_not_found);

    auto error = create({.topic = std::string(name),
                         .partitions = std::nullopt,
                         .replication = std::nullopt,
                         .config = {}});
    if (error) return *error;
    return find(name);
}

Result<std::vector<Topic*>> Store::open(const std::set<std::string>& names) {
    std::vector<Topic*> topics;
    for (const auto& name : names) {
        const auto topic = open(name);
        if (!topic) {
            return Error(topic.error().code, fmt::format("{}: {}", name, topic.error().message));
        }
        topics.push_back(*topic);
    }
    return topics;
}

Topic* Store::find(std::string_view name) {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : found->second.get();
}

std::vector<Topic*> Store::topics() const {
    std::vector<Topic*> all;
    for (const auto& [name, topic] : topics_) {
        if (!topic->is_internal()) all.push_back(topic.get());
    }
    return all;
}

std::vector<TopicPartition> Store::list() const {
    std::vector<TopicPartition> all;
    for (const auto* topic : topics()) {
        for (std::int32_t i = 0; i < topic->size(); ++i) all.push_back({*topic->name(), i});
    }
    return all;
}

void Store::append(Block& block, Timestamp now) {
    const char* entry = block.entries.get();
    auto item = block.items.begin();
    while (item != block.items.end()) {
        const auto run = item->topic;
        const auto topic = open(block.topics[run]);
        if (topic) (*topic)->turn();
        const auto error = topic ? Block::Item::no_error : add_error(block, topic.error());
        for (; item != block.items.end() && item->topic == run; ++item) {
            item->error = error;
            if (topic) append(**topic, block, *item, entry, now);
            entry += item->size;
        }
    }
    trim();
}

void Store::append(Topic& topic, Block& block, Block::Item& item, const char* entry,
                   Timestamp now) {
    const auto head = read_head(entry);
    if (auto error = refusal(topic, item, head)) {
        item.error = add_error(block, std::move(*error));
        return;
    }
    if (item.partition == OutgoingRecord::any_partition) {
        item.partition = topic.choose(entry_key(entry, head));
    }
    Partition& partition = topic.at(item.partition);
    const std::size_t before = partition.log.bytes();
    item.offset =
        partition.log.append({entry, item.size}, head.timestamp < 0 ? now : head.timestamp);
    if (partition.log.bytes() != before) {
        clean(topic.config(), partition.log, now);
        account(partition.log, before);
    }
    if (!partition.is_touched) {
        partition.is_touched = true;
        touched_.push_back(&partition);
    }
}

std::optional<Error> Store::refusal(const Topic& topic, const Block::Item& item,
                                    const EntryHead& head) {
    const bool is_any = item.partition == OutgoingRecord::any_partition;
    if (!is_any && (item.partition < 0 || item.partition >= topic.size())) {
        return Errc::partition_not_found;
    }
    if (item.size > topic.config().max_record_bytes.value_or(item.size)) {
        return Error(Errc::record_too_large,
                     "the record is larger than its topic allows (max.message.bytes)");
    }
    if (topic.config().compacts() && head.key_size < 0) {
        return Error(Errc::invalid_record, "a compacted topic takes no record without a key");
    }
    return std::nullopt;
}

void Store::clean(const TopicConfig& config, Log& log, Timestamp now) {
    if (config.expires()) {
        log.trim(config.retention ? std::optional(now - config.retention->count()) : std::nullopt,
                 config.retention_bytes);
    }
    if (config.compacts() && log.dirty_ratio() > config.min_dirty_ratio) {
        log.compact(now - config.tombstone_retention.count());
    }
}

void Store::expire(Topic& topic, Timestamp now) {
    const auto& config = topic.config();
    if (!config.expires() || !config.retention) return;
    for (std::int32_t i = 0; i < topic.size(); ++i) {
        Log& log = topic.at(i).log;
        const std::size_t before = log.bytes();
        log.trim(now - config.retention->count(), std::nullopt);
        if (log.bytes() != before) account(log, before);
    }
}

std::vector<Partition*> Store::take_touched() {
    for (auto* partition : touched_) partition->is_touched = false;
    return std::exchange(touched_, {});
}

void Store::account(Log& log, std::size_t before) {
    by_size_.erase({before, &log});
    if (log.bytes() > 0) by_size_.emplace(log.bytes(), &log);
    bytes_ = bytes_ - before + log.bytes();
}

void Store::trim() {
    while (bytes_ > options_.max_bytes) {
        Log& largest = *by_size_.rbegin()->second;
        const std::size_t before = largest.bytes();
        largest.drop_oldest();
        account(largest, before);
    }
}

}  // namespace gateway::memory
