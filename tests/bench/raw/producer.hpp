#pragma once

#include <cstdint>
#include <string>

#include "measure/topic.hpp"

namespace bench {

/// One librdkafka producer, one topic, one value over and over.
class Producer {
public:
    /// `properties` go over the server's own defaults: acks=all, idempotent, a queue of 16 MB.
    Producer(const std::string& brokers, const std::string& topic, const char* linger_ms,
             std::string value, Properties properties);

    /// One record, delivered: from now on everything is connected.
    void warm_up();

    /// False: librdkafka's queue is full.
    [[nodiscard]] bool produce();
    [[nodiscard]] bool produce(std::string& value);

    /// Takes delivery reports, waiting for the first up to so long. Throws std::runtime_error if a
    /// record was not delivered.
    void take_reports(int wait_ms);

    /// Takes them until none is missing.
    void take_all_reports();

    [[nodiscard]] std::uint64_t taken() const { return taken_; }
    [[nodiscard]] std::uint64_t reported() const { return reported_; }

private:
    std::string value_;
    Owned<rd_kafka_t> handle_;
    Owned<rd_kafka_topic_t> topic_;
    Owned<rd_kafka_queue_t> reports_;
    std::uint64_t taken_ = 0;
    std::uint64_t reported_ = 0;
};

}  // namespace bench
