#include "kafka/admin.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <span>

#include <doctest/doctest.h>

#include "kafka/handle.hpp"

namespace gateway::contract {

namespace {

kafka::Handle open_admin() {
    auto* conf = rd_kafka_conf_new();
    REQUIRE(rd_kafka_conf_set(conf, "bootstrap.servers", std::getenv("KAFKA_BOOTSTRAP"), nullptr,
                              0) == RD_KAFKA_CONF_OK);
    kafka::Handle handle(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
    REQUIRE(handle);
    return handle;
}

void wait_for(rd_kafka_queue_t* queue) {
    const kafka::Event event(rd_kafka_queue_poll(queue, 30'000));
    REQUIRE(event);
    REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

/// Whether a client that is new hears of so many partitions, each with a leader.
bool has_partitions(const std::string& name, std::size_t partitions) {
    const auto handle = open_admin();
    const kafka::Topic topic(rd_kafka_topic_new(handle.get(), name.c_str(), nullptr));
    REQUIRE(topic);
    const rd_kafka_metadata_t* answer = nullptr;
    if (rd_kafka_metadata(handle.get(), 0, topic.get(), &answer, 5000) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    const kafka::Metadata metadata(answer);
    REQUIRE(metadata->topic_cnt == 1);
    const std::span all(metadata->topics[0].partitions,
                        static_cast<std::size_t>(metadata->topics[0].partition_cnt));
    return all.size() == partitions &&
           std::ranges::none_of(all, [](const auto& each) { return each.leader < 0; });
}

}  // namespace

void delete_topic(const std::string& name) {
    const auto handle = open_admin();
    const kafka::Queue queue(rd_kafka_queue_new(handle.get()));
    const kafka::Owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy> topic(
        rd_kafka_DeleteTopic_new(name.c_str()));
    auto* one = topic.get();
    rd_kafka_DeleteTopics(handle.get(), &one, 1, nullptr, queue.get());
    wait_for(queue.get());
}

void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before) {
    const auto handle = open_admin();
    const kafka::Queue queue(rd_kafka_queue_new(handle.get()));
    const kafka::Partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
    const kafka::Owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> records(
        rd_kafka_DeleteRecords_new(list.get()));
    auto* one = records.get();
    rd_kafka_DeleteRecords(handle.get(), &one, 1, nullptr, queue.get());
    wait_for(queue.get());
}

void add_partitions(const std::string& topic, std::size_t partitions) {
    const auto handle = open_admin();
    const kafka::Queue queue(rd_kafka_queue_new(handle.get()));
    std::array<char, 512> reason{};
    const kafka::Owned<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy> more(
        rd_kafka_NewPartitions_new(topic.c_str(), partitions, reason.data(), reason.size()));
    REQUIRE(more);
    auto* one = more.get();
    rd_kafka_CreatePartitions(handle.get(), &one, 1, nullptr, queue.get());
    wait_for(queue.get());
    // The controller has them; whoever asks a broker is to hear of them, too.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!has_partitions(topic, partitions)) REQUIRE(std::chrono::steady_clock::now() < end);
}

}  // namespace gateway::contract
