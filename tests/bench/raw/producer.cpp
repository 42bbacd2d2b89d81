#include "raw/producer.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace bench {

namespace {

constexpr int patience_ms = 60000;

}  // namespace

Producer::Producer(const std::string& brokers, const std::string& topic, const char* linger_ms,
                   std::string value, Properties properties)
    : value_(std::move(value)),
      handle_(open_handle(RD_KAFKA_PRODUCER,
                          with(std::move(properties), {{"bootstrap.servers", brokers},
                                                       {"acks", "all"},
                                                       {"enable.idempotence", "true"},
                                                       {"linger.ms", linger_ms},
                                                       {"queue.buffering.max.kbytes", "16384"}}))),
      topic_(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr)),
      reports_(rd_kafka_queue_get_main(handle_.get())) {}

void Producer::warm_up() {
    if (!produce()) throw std::runtime_error("the queue is full");
    take_all_reports();
}

bool Producer::produce() { return produce(value_); }

bool Producer::produce(std::string& value) {
    const int refused = rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                                         value.data(), value.size(), nullptr, 0, nullptr);
    if (refused == 0) {
        ++taken_;
        return true;
    }
    if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    throw std::runtime_error(rd_kafka_err2str(rd_kafka_last_error()));
}

void Producer::take_reports(int wait_ms) {
    std::array<const rd_kafka_message_t*, 1000> messages;
    while (true) {
        const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(reports_.get(), wait_ms));
        if (!event) return;
        wait_ms = 0;
        while (const auto count =
                   rd_kafka_event_message_array(event.get(), messages.data(), messages.size())) {
            for (std::size_t i = 0; i < count; ++i) {
                if (messages[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                    throw std::runtime_error(rd_kafka_err2str(messages[i]->err));
                }
            }
            reported_ += count;
        }
    }
}

void Producer::take_all_reports() {
    while (reported_ < taken_) {
        const auto before = reported_;
        take_reports(patience_ms);
        if (reported_ == before) throw std::runtime_error("the broker does not answer");
    }
}

}  // namespace bench
