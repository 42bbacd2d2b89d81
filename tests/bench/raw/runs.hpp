#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "measure/topic.hpp"

namespace bench {

struct RawShape {
    std::string brokers;
    std::size_t value_size = 100;
    std::chrono::milliseconds duration{3000};
    std::size_t window = 1000;     ///< acked: records without a report.
    std::size_t consumers = 1;     ///< consume: each reads the whole topic.
    std::uint64_t rate = 1000;     ///< latency: records a second.
    std::uint64_t records = 1000;  ///< fill: how many.
    std::string topic;             ///< fill and consume: which.
    Properties properties;         ///< librdkafka's own, over those that the runs set.
};

// The same work that the server does, done by librdkafka alone: the limit for any server built on
// it. Each returns a line of JSON; its cost is `own_cpu_us`.

/// Produces as fast as librdkafka takes, acks=all and idempotent, as the server does.
std::string run_produce(const RawShape& shape);

/// Produces with at most `window` records without a report, linger 0.
std::string run_acked(const RawShape& shape);

/// Reads a filled topic from its beginning with rd_kafka_consume_batch_queue.
std::string run_consume(const RawShape& shape);

/// Produces at an even rate, linger 0, and consumes in the same thread as records come.
std::string run_latency(const RawShape& shape);

/// Makes `topic` anew, with so many records.
std::string run_fill(const RawShape& shape);

// The same on a RabbitMQ, by rabbitmq-c: persistent messages to an exchange with one durable queue,
// confirmed; `produce` has 20,000 unconfirmed, as one connection of the server may. `consume` has
// 1,000 unacknowledged and acknowledges every 100.
std::string run_amqp_produce(const RawShape& shape);
std::string run_amqp_acked(const RawShape& shape);
std::string run_amqp_consume(const RawShape& shape);
std::string run_amqp_fill(const RawShape& shape);

}  // namespace bench
