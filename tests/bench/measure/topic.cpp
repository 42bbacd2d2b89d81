#include "measure/topic.hpp"

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace bench {

namespace {

constexpr int timeout_ms = 20000;

void check(rd_kafka_resp_err_t error, const char* doing, const std::string& topic) {
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    throw std::runtime_error(fmt::format("{} {}: {}", doing, topic, rd_kafka_err2str(error)));
}

rd_kafka_resp_err_t result_of(const rd_kafka_event_t* event) {
    if (event == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (const auto error = rd_kafka_event_error(const_cast<rd_kafka_event_t*>(event))) return error;
    std::size_t count = 0;
    const rd_kafka_topic_result_t** topics = nullptr;
    auto* mutable_event = const_cast<rd_kafka_event_t*>(event);
    if (const auto* created = rd_kafka_event_CreateTopics_result(mutable_event)) {
        topics = rd_kafka_CreateTopics_result_topics(created, &count);
    } else if (const auto* deleted = rd_kafka_event_DeleteTopics_result(mutable_event)) {
        topics = rd_kafka_DeleteTopics_result_topics(deleted, &count);
    }
    return count == 1 ? rd_kafka_topic_result_error(topics[0]) : RD_KAFKA_RESP_ERR__FAIL;
}

}  // namespace

Owned<rd_kafka_t> open_handle(rd_kafka_type_t type, const Properties& properties) {
    std::array<char, 512> reason{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : properties) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) !=
            RD_KAFKA_CONF_OK) {
            throw std::runtime_error(reason.data());
        }
    }
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    Owned<rd_kafka_t> handle(rd_kafka_new(type, conf, reason.data(), reason.size()));
    if (!handle) throw std::runtime_error(reason.data());
    return handle;
}

Topic::Topic(const std::string& brokers, std::string name)
    : brokers_(brokers),
      name_(std::move(name)),
      handle_(open_handle(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}})) {}

void Topic::create() {
    std::array<char, 512> reason{};
    rd_kafka_NewTopic_t* topic =
        rd_kafka_NewTopic_new(name_.c_str(), 1, 1, reason.data(), reason.size());
    if (topic == nullptr) throw std::runtime_error(reason.data());
    // What a run wrote must be off the disk before the next one writes.
    rd_kafka_NewTopic_set_config(topic, "file.delete.delay.ms", "500");
    const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle_.get()));
    rd_kafka_CreateTopics(handle_.get(), &topic, 1, nullptr, queue.get());
    const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), timeout_ms));
    rd_kafka_NewTopic_destroy(topic);
    check(result_of(event.get()), "creating", name_);
}

void Topic::remove() {
    rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(name_.c_str());
    const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(handle_.get()));
    rd_kafka_DeleteTopics(handle_.get(), &topic, 1, nullptr, queue.get());
    const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), timeout_ms));
    rd_kafka_DeleteTopic_destroy(topic);
    check(result_of(event.get()), "removing", name_);
}

std::int64_t Topic::end_offset() {
    std::int64_t low = 0;
    std::int64_t high = 0;
    check(
        rd_kafka_query_watermark_offsets(handle_.get(), name_.c_str(), 0, &low, &high, timeout_ms),
        "asking for the end of", name_);
    return high;
}

void Topic::rewind(const std::string& group) {
    const auto member =
        open_handle(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers_}, {"group.id", group}});
    const Owned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), name_.c_str(), 0)->offset = 0;
    check(rd_kafka_commit(member.get(), list.get(), 0), "rewinding", name_);
    rd_kafka_consumer_close(member.get());
}

TemporaryTopic::TemporaryTopic(const std::string& brokers, const std::string& purpose)
    : Topic(brokers, fmt::format("bench-{}-{}", purpose, getpid())) {
    create();
}

TemporaryTopic::~TemporaryTopic() {
    try {
        remove();
    } catch (const std::runtime_error& error) {
        fmt::print(stderr, "{}\n", error.what());
    }
}

}  // namespace bench
