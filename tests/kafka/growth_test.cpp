#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/sender.hpp"
#include "kafka/admin.hpp"

/// What becomes of partitions that a topic gets while it is used, on a real Kafka.
namespace gateway::contract {

namespace {

OutgoingRecord record_for(const std::string& topic, std::int32_t partition) {
    return {.topic = topic,
            .key = std::nullopt,
            .value = "0",
            .headers = {},
            .partition = partition,
            .timestamp = std::nullopt};
}

TEST_CASE("a sender who knows a topic sends to a partition that is added, and to no other") {
    Stage stage;
    const auto topic = stage.topic();
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    CHECK(sender.fate_of(record_for(topic, 1)).error == Errc::partition_not_found);

    add_partitions(topic, 3);
    // What was heard just now decides for a moment.
    REQUIRE(stage.run_until([&] { return !sender.fate_of(record_for(topic, 1)).error; }));
    CHECK_FALSE(sender.fate_of(record_for(topic, 2)).error.has_value());
    CHECK(sender.fate_of(record_for(topic, 3)).error == Errc::partition_not_found);
}

TEST_CASE("a sender's records stay in order while a partition is asked for") {
    Stage stage;
    const auto topic = stage.topic();
    Sender sender(stage);
    sender.count(topic, 0, 0, 1);
    add_partitions(topic, 2);
    const auto before = sender.rooms();
    const std::vector<OutgoingRecord> records{record_for(topic, 0), record_for(topic, 1),
                                              record_for(topic, 0)};
    const auto sent = sender.send(records);
    CHECK(sent.taken == 1);
    REQUIRE(sent.error.has_value());
    CHECK(sent.error->code == Errc::queue_full);
    REQUIRE(stage.run_until([&] { return sender.rooms() == before + 1; }));
    const auto rest = sender.send(std::span(records).subspan(1));
    CHECK(rest.taken == 2);
    CHECK_FALSE(rest.error.has_value());
    CHECK(stage.run_until([&] { return sender.reports().size() == 1 + 3; }));
}

TEST_CASE(
    "a group's member reads a partition that is added from its first record, within seconds") {
    Stage stage;
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    Sender sender(stage);
    sender.count(topic, 0, 0, 5);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 5; }));

    add_partitions(topic, 2);
    Sender other(stage);
    other.count(topic, 1, 0, 5);
    REQUIRE(stage.run_until([&] { return member.offsets({topic, 1}).size() == 5; }));
    CHECK(member.offsets({topic, 1}) == range(0, 5));
    CHECK_FALSE(member.failure().has_value());
    member.close();
}

}  // namespace

}  // namespace gateway::contract
