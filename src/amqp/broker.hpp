#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "amqp/options.hpp"
#include "broker/broker.hpp"

namespace gateway::amqp {

/// An AMQP 0-9-1 broker, such as RabbitMQ, over rabbitmq-c, which nothing outside this folder sees.
///
/// - A topic is a durable fanout exchange of that name.
/// - A group is a durable queue `TOPIC:GROUP` for each topic, bound to it, made with its first
///   member. A member is a consumer of those queues: they share records one by one.
/// - A broadcast is an exclusive queue of this server, bound to the topic.
/// - A queue is a durable queue, declared; records go to it by the default exchange.
/// - A commit is basic.ack, of everything before.
/// - A record is a persistent message, as amqp/properties.hpp says.
///
/// There are no offsets: those of a Consumer count what it was given, those of `locate` and readers
/// what this server was. A reader that is asked to begin further back is told what it lost, and so
/// is one whose queue went with a lost connection. Topics cannot be listed: those are that this
/// server has created or used since it started.
///
/// Connections, each with a thread: one to publish, one to declare and for broadcasts, and those of
/// consumers, from the first of these on.
class Broker final : public gateway::Broker {
public:
    explicit Broker(Options options);
    ~Broker() override;

    [[nodiscard]] const std::string& name() const override { return options_.name; }
    [[nodiscard]] std::string_view kind() const override { return "amqp"; }
    [[nodiscard]] Capabilities capabilities() const override;

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
    [[nodiscard]] Result<std::unique_ptr<PartitionReader>> open_reader(
        Executor executor, PartitionReader::Events& events) override;
    [[nodiscard]] BrokerStatus status() const override;

private:
    struct Parts;

    Options options_;
    std::unique_ptr<Parts> parts_;  ///< From start on.
};

}  // namespace gateway::amqp
