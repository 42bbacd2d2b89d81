#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/error.hpp"
#include "base/result.hpp"
#include "broker/capabilities.hpp"
#include "broker/consumer.hpp"
#include "broker/partition_reader.hpp"
#include "broker/producer.hpp"
#include "broker/record.hpp"
#include "broker/start.hpp"

namespace gateway {

/// A topic to be created. Absent numbers are the broker's defaults.
struct TopicSpec {
    std::string topic;
    std::optional<std::int32_t> partitions;
    std::optional<std::int16_t> replication;
    std::map<std::string, std::string> config;  ///< Kafka's own topic settings, by name.
};

/// What is open at a broker, and whether it answers.
struct BrokerStatus {
    bool up = false;            ///< It answered lately.
    std::string reason;         ///< Why not; empty if it is up.
    std::size_t producers = 0;  ///< Handles or connections open for producers.
    std::size_t consumers = 0;  ///< Members of groups.
    std::size_t readers = 0;    ///< Partition readers.
    std::size_t orphans = 0;    ///< Handles whose owner is gone and that are still closing.
};

/// What the gateway asks of a message broker. tests/broker/contract.hpp holds every implementation
/// to what is promised here.
///
/// No call blocks. Each call names the executor, a shard's, that its answer and all its events
/// arrive on; none arrives from within the call itself. Different threads may call at once. What
/// the executors run on must outlive `stop`.
class Broker {
public:
    using Executor = asio::any_io_executor;
    using Timeout = std::chrono::milliseconds;

    /// One entry for each topic asked for, in order: empty where it exists now.
    using OnCreated = std::function<void(std::vector<std::optional<Error>>)>;

    /// Every partition of every topic, ordered; internal topics (`__*`) are left out.
    using OnListed = std::function<void(Result<std::vector<TopicPartition>>)>;

    using OnLocated = std::function<void(Result<std::vector<Located>>)>;

    virtual ~Broker() = default;

    /// Its name in the configuration, and what it is: "kafka", "amqp", "memory".
    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual std::string_view kind() const = 0;

    /// Always the same. Nothing may be asked of the broker that it does not have, but for
    /// Destination::exchange, which it refuses.
    [[nodiscard]] virtual Capabilities capabilities() const { return {}; }

    /// Opens the broker's threads. It need not answer yet: what is asked of it fails with
    /// broker_unavailable or waits, and works as soon as it does. Throws std::runtime_error if its
    /// settings cannot be used.
    virtual void start() = 0;

    /// Closes what is still open, waiting until `timeout` at most for records to be delivered and
    /// groups to be left. Blocks; the executors must still run. Nothing may be called after it.
    virtual void stop(Timeout timeout) = 0;

    /// `events` must outlive the producer.
    [[nodiscard]] virtual std::unique_ptr<Producer> open_producer(Executor executor,
                                                                  Producer::Events& events) = 0;

    /// Joins a group. `events` must outlive the consumer. Refuses with limit_reached when it can
    /// open no more; everything else that prevents it arrives as `failed`: topic_not_found for a
    /// topic that does not exist, where the broker does not create it by itself.
    [[nodiscard]] virtual Result<std::unique_ptr<Consumer>> open_consumer(
        Executor executor, Consumer::Options options, Consumer::Events& events) = 0;

    /// Creates topics; one that exists already is a success.
    virtual void create_topics(Executor executor, std::vector<TopicSpec> topics, Timeout timeout,
                               OnCreated done) = 0;

    /// Lists all topics, creating none.
    virtual void list_topics(Executor executor, Timeout timeout, OnListed done) = 0;

    /// Every partition of these topics, ordered, with what it holds now. A topic that does not
    /// exist is created where the broker does so by itself, and else is topic_not_found. A Cursor
    /// that names a partition or an offset that does not exist fails with partition_not_found or
    /// offset_out_of_range: the message has the earliest and the latest offset that do. A partition
    /// without a leader is waited for until `timeout`, and then all fail: nobody knows where it
    /// ends, so none could be told what is sent after.
    virtual void locate(Executor executor, std::vector<std::string> topics, Start start,
                        Timeout timeout, OnLocated done) = 0;

    /// Opens a reader of no partition. `events` must outlive it. Refuses with limit_reached when
    /// it can open no more.
    [[nodiscard]] virtual Result<std::unique_ptr<PartitionReader>> open_reader(
        Executor executor, PartitionReader::Events& events) = 0;

    /// Any thread may ask at any time; never waits.
    [[nodiscard]] virtual BrokerStatus status() const = 0;
};

}  // namespace gateway
