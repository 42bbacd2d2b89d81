#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.hpp"
#include "kafka/options.hpp"

namespace gateway::kafka {

/// Apache Kafka, over librdkafka, which nothing outside this folder sees.
///
/// A record's own timestamp is the producer's. Where a place has expired, reading goes on as
/// `kafka.consumer.auto.offset.reset` says: at the oldest record that is left, unless it is set.
///
/// librdkafka's threads run none of our code but the one that forwards its log lines: its queues
/// wake the caller's executor. What blocks in librdkafka runs on a few threads of this broker.
class Broker final : public gateway::Broker {
public:
    explicit Broker(Options options);
    ~Broker() override;

    [[nodiscard]] const std::string& name() const override { return options_.name; }
    [[nodiscard]] std::string_view kind() const override { return "kafka"; }

    /// Throws std::runtime_error for a property that librdkafka does not know or accept: its text
    /// names the key as the user wrote it.
    void start() override;
    void stop(Timeout timeout) override;

    [[nodiscard]] std::unique_ptr<gateway::Producer> open_producer(
        Executor executor, gateway::Producer::Events& events) override;
    [[nodiscard]] Result<std::unique_ptr<gateway::Consumer>> open_consumer(
        Executor executor, gateway::Consumer::Options options,
        gateway::Consumer::Events& events) override;
    void create_topics(Executor executor, std::vector<TopicSpec> topics, Timeout timeout,
                       OnCreated done) override;
    void list_topics(Executor executor, Timeout timeout, OnListed done) override;
    void locate(Executor executor, std::vector<std::string> topics, Start start, Timeout timeout,
                OnLocated done) override;
    [[nodiscard]] Result<std::unique_ptr<gateway::PartitionReader>> open_reader(
        Executor executor, gateway::PartitionReader::Events& events) override;
    [[nodiscard]] BrokerStatus status() const override;

private:
    struct Parts;

    Options options_;
    std::unique_ptr<Parts> parts_;  ///< From start on.
};

}  // namespace gateway::kafka
