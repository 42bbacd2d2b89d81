#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"
#include "kafka/handle.hpp"

/// What only a topic's deletion shows, which the broker interface does not offer; on a real Kafka.
namespace gateway::contract {

namespace {

using namespace std::chrono_literals;

void delete_topic(const std::string& name) {
    auto* conf = rd_kafka_conf_new();
    REQUIRE(rd_kafka_conf_set(conf, "bootstrap.servers", std::getenv("KAFKA_BOOTSTRAP"), nullptr,
                              0) == RD_KAFKA_CONF_OK);
    const kafka::Handle handle(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
    REQUIRE(handle);
    const kafka::Queue queue(rd_kafka_queue_new(handle.get()));
    const kafka::Owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy> topic(
        rd_kafka_DeleteTopic_new(name.c_str()));
    auto* one = topic.get();
    rd_kafka_DeleteTopics(handle.get(), &one, 1, nullptr, queue.get());
    const kafka::Event event(rd_kafka_queue_poll(queue.get(), 30'000));
    REQUIRE(event);
    REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

TEST_CASE("a reader is told that a topic was deleted, reads the others on, and closes") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto other = stage.topic();
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 0}, {topic, 1, 0}, {other, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 10; }));

    delete_topic(topic);
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 2; }));
    for (const auto& each : reader.ended()) {
        CHECK(each.partition.topic == topic);
        CHECK(each.error.code == Errc::topic_not_found);
    }
    sender.count(other, 0, 0, 10);
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 20; }));
    reader.end();
    CHECK(stage.run_until([&] { return stage.broker().status().readers == 0; }));
}

TEST_CASE("a reader closes at once though a topic it reads is gone") {
    Stage stage;
    const auto topic = stage.topic();
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 10; }));
    delete_topic(topic);
    reader.end();
    CHECK(stage.run_until([&] { return stage.broker().status().readers == 0; }));
}

TEST_CASE("a topic that comes back under its name is read from a new place") {
    Stage stage;
    const auto topic = stage.topic();
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 10; }));
    delete_topic(topic);
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 1; }));

    REQUIRE_FALSE(
        stage.create({{.topic = topic, .partitions = 1, .replication = std::nullopt, .config = {}}})
            .at(0)
            .has_value());
    Sender again(stage);
    again.count(topic, 0, 0, 5);
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 15; }));
}

TEST_CASE("a topic that is followed leaves its member when it is deleted, and the others stay") {
    Stage stage;
    const auto prefix = Stage::fresh("family");
    const auto create = [&](const std::string& name) {
        REQUIRE_FALSE(
            stage
                .create(
                    {{.topic = name, .partitions = 1, .replication = std::nullopt, .config = {}}})
                .at(0)
                .has_value());
    };
    const auto doomed = prefix + ".doomed";
    const auto lasting = prefix + ".lasting";
    create(doomed);
    create(lasting);
    Member member(
        stage, {.topics = {},
                .group = Stage::fresh("group"),
                .start = FromEarliest{},
                .follows = [prefix](std::string_view name) { return name.starts_with(prefix); }});
    member.join();
    Sender sender(stage);
    sender.count(doomed, 0, 0, 5);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 5; }));
    delete_topic(doomed);
    REQUIRE(stage.run_until([&] { return member.revoked().contains({doomed, 0}); }));
    sender.count(lasting, 0, 0, 10);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 15; }));
    CHECK_FALSE(member.failure().has_value());
    member.close();
}

}  // namespace

}  // namespace gateway::contract
