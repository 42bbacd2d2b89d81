#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"
#include "kafka/handle.hpp"

/// What only deletions show, which the broker interface does not offer; on a real Kafka.
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

/// Sends so many records of 2 KB to one partition.
void send_much(Sender& sender, const std::string& topic, std::int32_t partition, int count) {
    const std::string value(2000, 'v');
    for (int sent = 0; sent < count; sent += 1000) {
        sender.deliver(std::vector<OutgoingRecord>(1000, {.topic = topic,
                                                          .key = std::nullopt,
                                                          .value = value,
                                                          .headers = {},
                                                          .partition = partition,
                                                          .timestamp = std::nullopt}));
    }
}

/// What was taken is everything but the loss, each once and in order.
void check_around(const std::vector<std::int64_t>& taken, const std::vector<Lost>& losses) {
    REQUIRE(losses.size() == 1);
    const auto& lost = losses[0];
    CHECK(lost.earliest == 18'000);
    CHECK(lost.latest == 20'000);
    auto expected = range(0, lost.wanted);
    for (const auto offset : range(lost.next, lost.latest)) expected.push_back(offset);
    CHECK(taken == expected);
}

TEST_CASE("a slow reader that retention overtakes is told exactly what it lost") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    Reader reader(stage);
    reader.allow(0);
    reader.add({{topic, 0, 0}, {topic, 1, 0}});
    send_much(sender, topic, 0, 20'000);
    REQUIRE(stage.run_until([&] { return reader.calls() > 0; }));
    sender.count(topic, 1, 0, 2000);
    delete_records(topic, 0, 18'000);

    reader.allow(Reader::unlimited);
    reader.resume();
    REQUIRE(stage.run_until([&] {
        return reader.is_at_end({topic, 0, 20'000}) && reader.is_at_end({topic, 1, 2000});
    }));
    check_around(reader.offsets({topic, 0}), reader.losses());
    CHECK(reader.losses()[0].wanted > 0);
    CHECK(reader.offsets({topic, 1}) == range(0, 2000));
}

TEST_CASE("a slow member that retention overtakes is told exactly what it lost") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    {
        Member member(stage, {topic}, group);
        member.commit_as_taken();
        member.allow(0);
        member.join();
        send_much(sender, topic, 0, 20'000);
        REQUIRE(stage.run_until([&] { return member.calls() > 0; }));
        send_much(sender, topic, 1, 10'000);
        delete_records(topic, 0, 18'000);

        member.allow(Member::unlimited);
        member.resume();
        REQUIRE(stage.run_until([&] {
            return !member.offsets({topic, 0}).empty() &&
                   member.offsets({topic, 0}).back() == 19'999 &&
                   member.offsets({topic, 1}).size() == 10'000;
        }));
        check_around(member.offsets({topic, 0}), member.losses());
        CHECK(member.losses()[0].wanted > 0);
        CHECK(member.offsets({topic, 1}) == range(0, 10'000));
        CHECK(member.revoked().empty());
        member.close();
    }
    sender.count(topic, 0, 20'000, 20'010);
    sender.count(topic, 1, 10'000, 10'010);
    Member next(stage, {topic}, group);
    REQUIRE(stage.run_until([&] { return next.taken().size() == 20; }));
    CHECK(next.offsets({topic, 0}) == range(20'000, 20'010));
    CHECK(next.offsets({topic, 1}) == range(10'000, 10'010));
}

TEST_CASE("a slow member that retention overtakes in several partitions is told of each, once") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    Member member(stage, {topic}, Stage::fresh("group"));
    member.commit_as_taken();
    member.allow(0);
    member.join();
    for (std::int32_t partition = 0; partition < 2; ++partition) {
        send_much(sender, topic, partition, 20'000);
    }
    REQUIRE(stage.run_until([&] { return member.calls() > 0; }));
    for (std::int32_t partition = 0; partition < 2; ++partition) {
        delete_records(topic, partition, 18'000);
    }
    member.allow(Member::unlimited);
    member.resume();
    REQUIRE(stage.run_until([&] {
        return member.offsets({topic, 0}).size() > 1 && member.offsets({topic, 1}).size() > 1 &&
               member.offsets({topic, 0}).back() == 19'999 &&
               member.offsets({topic, 1}).back() == 19'999;
    }));
    for (std::int32_t partition = 0; partition < 2; ++partition) {
        auto losses = member.losses();
        std::erase_if(losses, [&](const Lost& each) { return each.partition != partition; });
        check_around(member.offsets({topic, partition}), losses);
    }
    member.close();
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
