#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

OutgoingRecord record(std::string_view topic, std::string_view value) {
    return {.topic = topic, .value = value};
}

TopicSpec spec(std::string topic) {
    return {.topic = std::move(topic),
            .partitions = std::nullopt,
            .replication = std::nullopt,
            .config = {}};
}

std::vector<TopicPartition> listed(Stage& stage, std::string_view topic) {
    auto partitions = stage.list();
    std::erase_if(partitions, [&](const auto& each) { return each.topic != topic; });
    return partitions;
}

TEST_CASE("a broker of partitions says so") {
    Stage stage;
    CHECK(stage.broker().capabilities().partitions);
    CHECK(stage.broker().capabilities().topic_settings);
    CHECK_FALSE(stage.broker().capabilities().exchanges);
}

TEST_CASE("a created topic is listed with all its partitions") {
    Stage stage;
    const auto topic = stage.topic(3);
    CHECK(listed(stage, topic) == std::vector<TopicPartition>{{topic, 0}, {topic, 1}, {topic, 2}});
    auto again = spec(topic);
    again.partitions = 5;
    CHECK_FALSE(stage.create({again}).at(0).has_value());
    CHECK(listed(stage, topic).size() == 3);
}

TEST_CASE("partitions are listed in the order of their numbers") {
    Stage stage;
    const auto topic = stage.topic(11);
    CHECK(listed(stage, topic).size() == 11);
    CHECK(std::ranges::is_sorted(stage.list()));
}

TEST_CASE("the records of a producer keep their order in a partition, over many sends") {
    Stage stage;
    const auto topic = stage.topic(3);
    Sender sender(stage);

    std::vector<std::string> keys;
    for (int i = 0; i < 1000; ++i) keys.push_back(std::to_string(i % 17));
    for (int send = 0; send < 10; ++send) {
        std::vector<OutgoingRecord> records;
        for (int i = 0; i < 100; ++i) {
            auto each = record(topic, "value");
            each.key = keys[static_cast<std::size_t>(send * 100 + i)];
            each.token = static_cast<std::uint32_t>(send * 100 + i);
            records.push_back(each);
        }
        REQUIRE(sender.send(records).taken == records.size());
    }
    REQUIRE(stage.run_until([&] { return sender.reports().size() == 1000; }));

    auto fates = sender.reports();
    std::ranges::sort(fates, {}, &Sender::Fate::token);
    std::map<std::int32_t, std::int64_t> next;
    for (const auto& fate : fates) {
        REQUIRE_FALSE(fate.error.has_value());
        REQUIRE(fate.offset == next[fate.partition]++);
    }
}

TEST_CASE("a key always goes to the same partition, and keys are spread") {
    Stage stage;
    const auto topic = stage.topic(4);
    Sender first(stage);
    Sender second(stage);

    std::vector<std::string> keys;
    for (int i = 0; i < 100; ++i) keys.push_back("key-" + std::to_string(i));
    std::vector<OutgoingRecord> records;
    for (const auto& key : keys) {
        records.push_back(record(topic, "value"));
        records.back().key = key;
    }
    const auto once = first.deliver(records);
    const auto again = second.deliver(records);

    std::set<std::int32_t> used;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        REQUIRE_FALSE(once[i].error.has_value());
        CHECK(once[i].partition == again[i].partition);
        used.insert(once[i].partition);
    }
    CHECK(used.size() == 4);
}

TEST_CASE("a record goes to the partition that it names, whatever its key") {
    Stage stage;
    const auto topic = stage.topic(3);
    Sender sender(stage);

    std::vector<OutgoingRecord> records;
    for (std::int32_t partition = 0; partition < 3; ++partition) {
        auto each = record(topic, "value");
        each.key = "the same key";
        each.partition = partition;
        records.push_back(each);
    }
    const auto fates = sender.deliver(records);
    for (std::int32_t partition = 0; partition < 3; ++partition) {
        CHECK(fates[static_cast<std::size_t>(partition)].partition == partition);
    }
}

TEST_CASE("a record for a partition that does not exist fails, and no other does") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);

    for (const std::int32_t partition : {2, 1000, -2}) {
        CAPTURE(partition);
        auto stray = record(topic, "stray");
        stray.partition = partition;
        stray.token = 7;
        const auto fate = sender.fate_of(stray);
        REQUIRE(fate.error.has_value());
        CHECK(*fate.error == Errc::partition_not_found);
        CHECK(fate.token == 7);
    }
    CHECK_FALSE(sender.fate_of(record(topic, "good")).error.has_value());
}

TEST_CASE("a consumer gets every partition of every topic it names") {
    Stage stage;
    const auto one = stage.topic(3);
    const auto other = stage.topic(1);
    Sender sender(stage);
    Member member(stage, {one, other}, Stage::fresh("group"));
    member.join();

    const std::vector<TopicPartition> all = {{one, 0}, {one, 1}, {one, 2}, {other, 0}};
    for (const auto& each : all) sender.count(each.topic, each.partition, 0, 50);
    member.wait_for(200);
    for (const auto& each : all) CHECK(member.offsets(each) == range(0, 50));
}

TEST_CASE("a topic takes Kafka's settings and refuses what they do not allow") {
    Stage stage;
    auto compacted = spec(Stage::fresh("topic"));
    compacted.config = {{"cleanup.policy", "compact"}};
    auto nonsense = spec(Stage::fresh("topic"));
    nonsense.config = {{"cleanup.policy", "nonsense"}};
    auto unknown = spec(Stage::fresh("topic"));
    unknown.config = {{"no.such.setting", "1"}};

    const auto errors = stage.create({compacted, nonsense, unknown});
    REQUIRE(errors.size() == 3);
    CHECK_FALSE(errors[0].has_value());
    REQUIRE(errors[1].has_value());
    CHECK(errors[1]->code == Errc::invalid_topic_config);
    REQUIRE(errors[2].has_value());
    CHECK(errors[2]->code == Errc::invalid_topic_config);
    CHECK(listed(stage, nonsense.topic).empty());
}

TEST_CASE("partitions and replication that cannot be had are refused") {
    Stage stage;
    auto none = spec(Stage::fresh("topic"));
    none.partitions = 0;
    auto copies = spec(Stage::fresh("topic"));
    copies.replication = 1000;

    const auto errors = stage.create({none, copies});
    REQUIRE(errors.size() == 2);
    REQUIRE(errors[0].has_value());
    CHECK(errors[0]->code == Errc::invalid_topic_config);
    REQUIRE(errors[1].has_value());
    CHECK(errors[1]->code == Errc::invalid_topic_config);
}

TEST_CASE_FIXTURE(Scene, "an exchange is refused, and a queue is the topic of its name") {
    auto to_exchange = record(topic, "value");
    to_exchange.destination = Destination::exchange;
    CHECK(sender.fate_of(to_exchange).error == Errc::not_supported);

    Member member(stage, {.topics = {topic}, .group = Stage::fresh("group"), .queue = true});
    member.join();
    auto to_queue = record(topic, "value");
    to_queue.destination = Destination::queue;
    const auto fate = sender.fate_of(to_queue);
    CHECK_FALSE(fate.error.has_value());
    CHECK(fate.topic == topic);
    member.wait_for(1);
}

}  // namespace

}  // namespace gateway::contract
