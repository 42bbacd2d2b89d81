#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "base/error.hpp"
#include "broker/partition_reader.hpp"
#include "broker/record.hpp"
#include "kafka/catalog.hpp"
#include "kafka/handle.hpp"
#include "kafka/intake.hpp"
#include "kafka/locator.hpp"
#include "kafka/properties.hpp"
#include "kafka/workers.hpp"

namespace gateway::kafka {

/// Partitions read without a group, by one of librdkafka's handles, on a shard.
///
/// Each partition is started and stopped by itself. librdkafka gives what it fetches the number of
/// the start it belongs to, and throws away in its queue what is older than the last start or stop:
/// so nothing of before a stop is seen once that has returned, and until then nothing of the
/// partition is let through here. To stop blocks, so it is done by the workers.
///
/// Call it on its executor, unless said otherwise.
class Reading : public std::enable_shared_from_this<Reading>, private Intake::Owner {
public:
    /// Told on any thread that it has ended, and with it librdkafka's handle.
    using OnEnd = std::function<void(const Reading&)>;

    /// What all share. The references must outlive them.
    struct Services {
        std::shared_ptr<const Properties> properties;
        std::shared_ptr<Workers> workers;
        Catalog* catalog;
        Locator* locator;
    };

    Reading(Services services, asio::any_io_executor executor, PartitionReader::Events& events,
            OnEnd on_end);

    /// Opens librdkafka's handle. Call it once, before anything else.
    void open();

    void add(std::span<const Position> positions);
    void drop(std::span<const TopicPartition> partitions);
    void resume() { intake_.resume(); }

    /// Ends its events at once, and itself when librdkafka lets go of everything.
    void close();

    /// Tells that no partition is read any more, then closes: for a broker that stops.
    void retire(const Error& error);

    /// Its reader is gone, and it is still closing. Any thread may ask.
    [[nodiscard]] bool is_orphan() const { return orphan_; }

private:
    /// What is done with a partition, and what is to be done.
    struct Partition {
        std::int64_t next = 0;      ///< The offset to read next.
        std::uint64_t version = 0;  ///< Of what its owner asked for.
        bool wanted = true;
        bool started = false;   ///< By librdkafka, and not stopped yet.
        bool stopping = false;  ///< A worker stops it.
        bool resting = false;   ///< Not to be started before its place is found.
        int missing = 0;        ///< Looks at all topics, in a row, that did not show it.
    };

    /// The partitions of one topic, by their numbers.
    struct TopicParts {
        std::shared_ptr<rd_kafka_topic_t> topic;
        std::map<std::int32_t, Partition> partitions;
    };

    using Opened = std::shared_ptr<rd_kafka_t>;
    using Records = std::shared_ptr<rd_kafka_queue_t>;

    bool keeps(const rd_kafka_message_t& message) override;
    std::size_t records(std::span<const Record> records) override;
    void mark(const rd_kafka_message_t& message) override;

    void opened(Opened handle, Records queue);
    void open_failed(const Error& error);

    [[nodiscard]] Partition* find(std::string_view topic, std::int32_t partition);
    [[nodiscard]] Partition* find(const TopicPartition& at, std::uint64_t version);
    [[nodiscard]] std::vector<TopicPartition> list() const;

    void start(const TopicPartition& at, Partition& partition);
    void stop(std::vector<TopicPartition> list);
    void settle(const TopicPartition& at);
    void end(const TopicPartition& at, const Error& error);
    void end_soon(const TopicPartition& at, std::uint64_t version, const Error& error);
    void let_go();

    void look_for_place(const TopicPartition& at, std::uint64_t version);
    void take_place(const TopicPartition& at, std::uint64_t version, const Located& located);

    void look_at_topics();
    void look_at(const Catalog::Topics& topics);
    void look_later(std::chrono::milliseconds pause);

    template <typename Call>
    void tell(Call call);
    template <typename Job>
    void after(std::chrono::milliseconds pause, Job job);

    Services services_;
    asio::any_io_executor executor_;
    PartitionReader::Events* events_;
    OnEnd on_end_;
    Opened handle_;
    Records queue_;
    Intake intake_;
    std::map<std::string, TopicParts, std::less<>> topics_;
    std::uint64_t versions_ = 0;
    std::optional<Error> failure_;  ///< Why nothing can be read.
    asio::steady_timer look_timer_;
    bool looking_ = false;

    // Runs of one partition are long: what was found for the last message holds for the next.
    const rd_kafka_topic_t* last_topic_ = nullptr;
    std::int32_t last_partition_ = -1;
    bool last_is_kept_ = false;

    std::atomic<bool> orphan_ = false;
};

}  // namespace gateway::kafka
