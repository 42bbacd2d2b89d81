#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "broker/broker.hpp"
#include "memory/options.hpp"

namespace gateway::memory {

class Thread;

/// The embedded broker: what Kafka's model promises, in this process and with nothing installed.
/// Records, groups and positions end with the process.
///
/// Names are Kafka's rule; settings of a topic are those of TopicConfig; replication is 1. Any
/// timeout is kept by itself, as everything happens in memory, on one thread of its own.
class Broker final : public gateway::Broker {
public:
    explicit Broker(const Options& options);
    ~Broker() override;

    [[nodiscard]] const std::string& name() const override { return options_.name; }
    [[nodiscard]] std::string_view kind() const override { return "memory"; }

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
    Options options_;
    std::shared_ptr<Thread> thread_;  ///< Its producers, consumers and readers may outlive it.
    std::atomic<bool> is_up_ = false;
    std::atomic<std::uint64_t> next_member_ = 1;
    std::atomic<std::uint64_t> next_reader_ = 1;
};

}  // namespace gateway::memory
