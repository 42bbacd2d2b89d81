#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "measure/topic.hpp"

namespace bench {

/// One librdkafka consumer of one topic's only partition, outside of any group.
class Consumer {
public:
    /// `from`: an offset, or RD_KAFKA_OFFSET_END.
    Consumer(const std::string& brokers, const std::string& topic, std::int64_t from,
             Properties properties);
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    /// Passes what has come to `on_value(data, size)`, waiting for the first up to so long.
    /// Returns how many.
    template <typename OnValue>
    std::size_t take(int wait_ms, OnValue&& on_value) {
        std::array<rd_kafka_message_t*, 1000> messages;
        const auto got =
            rd_kafka_consume_batch_queue(queue_.get(), wait_ms, messages.data(), messages.size());
        std::size_t values = 0;
        for (ssize_t i = 0; i < got; ++i) {
            auto* const message = messages[static_cast<std::size_t>(i)];
            const bool is_value = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
            if (is_value) on_value(static_cast<const char*>(message->payload), message->len);
            values += is_value ? 1 : 0;
            rd_kafka_message_destroy(message);
        }
        return values;
    }

    /// A descriptor that becomes readable when something has come.
    [[nodiscard]] int descriptor() const { return wakes_; }

private:
    Owned<rd_kafka_t> handle_;
    Owned<rd_kafka_queue_t> queue_;
    int wakes_;
};

}  // namespace bench
