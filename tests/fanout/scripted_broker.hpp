#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include "broker/broker.hpp"

namespace gateway::fanout {

/// Topics in memory that are read when the test says so, a few records at a time.
class ScriptedBroker final : public Broker {
public:
    struct Kept {
        std::int64_t offset = 0;
        std::optional<std::string> key;
        std::optional<std::string> value;
    };
    struct Partition {
        std::vector<Kept> records;
        std::int64_t earliest = 0;
        std::int64_t next = 0;
        bool is_dead = false;    ///< Nothing can be read of it for now.
        bool has_leader = true;  ///< Somebody knows where it begins and ends.
    };

    class Reader;

    ~ScriptedBroker() override;

    void create(const std::string& topic, std::int32_t partitions);
    void remove(const std::string& topic) { topics_.erase(topic); }

    /// Appends a record whose value is "topic/partition/offset".
    void append(const std::string& topic, std::int32_t partition,
                std::optional<std::string> key = std::nullopt);
    void append_tombstone(const std::string& topic, std::int32_t partition, std::string key);

    /// Leaves an offset without a record, as a transaction's end does.
    void skip(const std::string& topic, std::int32_t partition);

    /// What is before this offset is not kept any more.
    void expire(const std::string& topic, std::int32_t partition, std::int64_t before);

    /// What is at this offset and behind it is gone, as after an election of a replica that lags.
    void truncate(const std::string& topic, std::int32_t partition, std::int64_t from);

    [[nodiscard]] Partition& at(const std::string& topic, std::int32_t partition) {
        return topics_.at(topic).at(static_cast<std::size_t>(partition));
    }
    [[nodiscard]] std::size_t partitions(const std::string& topic) const {
        return topics_.at(topic).size();
    }
    void add_partition(const std::string& topic) { topics_.at(topic).emplace_back(); }

    /// Locating these topics fails so.
    std::map<std::string, Errc> unlocatable;

    /// Reading these topics ends so.
    std::map<std::string, Errc> unreadable;

    /// More readers are refused.
    std::size_t max_readers = 1000;
    std::size_t refusals = 0;  ///< So many were.

    /// The reader at this place hands over up to so many records. False if it had nothing to do.
    bool step(std::size_t reader, std::size_t records);
    [[nodiscard]] std::size_t readers() const { return readers_.size(); }

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::string_view kind() const override { return "scripted"; }
    void start() override {}
    void stop(Timeout) override {}
    [[nodiscard]] std::unique_ptr<Producer> open_producer(Executor, Producer::Events&) override {
        std::abort();
    }
    [[nodiscard]] Result<std::unique_ptr<Consumer>> open_consumer(Executor, Consumer::Options,
                                                                  Consumer::Events&) override {
        std::abort();
    }
    void create_topics(Executor, std::vector<TopicSpec>, Timeout, OnCreated) override {
        std::abort();
    }
    void list_topics(Executor executor, Timeout timeout, OnListed done) override;
    void locate(Executor executor, std::vector<std::string> topics, Start start, Timeout timeout,
                OnLocated done) override;
    [[nodiscard]] Result<std::unique_ptr<PartitionReader>> open_reader(
        Executor executor, PartitionReader::Events& events) override;
    [[nodiscard]] BrokerStatus status() const override {
        BrokerStatus status;
        status.readers = readers_.size();
        return status;
    }

private:
    friend class Reader;

    std::string name_ = "scripted";
    std::map<std::string, std::vector<Partition>> topics_;
    std::vector<Reader*> readers_;
};

}  // namespace gateway::fanout
