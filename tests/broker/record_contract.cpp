#include <array>
#include <chrono>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

OutgoingRecord to(std::string_view topic) {
    return {.topic = topic,
            .key = std::nullopt,
            .value = std::nullopt,
            .headers = {},
            .partition = OutgoingRecord::any_partition,
            .timestamp = std::nullopt};
}

/// Sends one record through a topic of its own and returns it as it arrives.
Received through(OutgoingRecord record) {
    Stage stage;
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    Sender sender(stage);

    record.topic = topic;
    const auto fates = sender.deliver({record});
    REQUIRE_FALSE(fates[0].error.has_value());
    REQUIRE(stage.run_until([&] { return !member.taken().empty(); }));
    CHECK(member.taken()[0].from == TopicPartition{topic, 0});
    CHECK(fates[0].offset == stage.reported(member.taken()[0].offset));
    return member.taken()[0];
}

std::string every_byte() {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    return bytes;
}

TEST_CASE("keys and values arrive byte for byte") {
    const auto bytes = every_byte();
    auto record = to("");
    record.key = bytes;
    const std::string value = bytes + bytes;
    record.value = value;

    const auto received = through(record);
    CHECK(received.key == bytes);
    CHECK(received.value == value);
    CHECK(received.headers.empty());
}

TEST_CASE("an empty value is not an absent one, and neither are keys") {
    auto record = to("");
    record.key = "";
    record.value = "";
    const auto empty = through(record);
    CHECK(empty.key == "");
    CHECK(empty.value == "");

    record.key = std::nullopt;
    const auto without_key = through(record);
    CHECK_FALSE(without_key.key.has_value());
    CHECK(without_key.value == "");
}

TEST_CASE("a tombstone arrives as a record without a value") {
    auto record = to("");
    record.key = "deleted";
    const auto received = through(record);
    CHECK(received.key == "deleted");
    CHECK_FALSE(received.value.has_value());
}

TEST_CASE("headers arrive in order, repeated, empty, binary and without value") {
    const auto bytes = every_byte();
    const std::array<Header, 5> headers = {
        {{"a", "1"}, {"b", std::nullopt}, {"a", "2"}, {"empty", ""}, {"binary", bytes}}};
    auto record = to("");
    record.value = "value";
    record.headers = headers;

    const auto received = through(record);
    REQUIRE(received.headers.size() == headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
        CAPTURE(i);
        CHECK(received.headers[i].first == headers[i].name);
        CHECK(received.headers[i].second == headers[i].value);
    }
}

TEST_CASE_FIXTURE(Scene, "headers stay with their record among others") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    const std::array<Header, 1> one = {{{"number", "one"}}};
    const std::array<Header, 2> two = {{{"number", "two"}, {"more", "yes"}}};
    std::vector<OutgoingRecord> records(4, to(topic));
    for (auto& record : records) record.value = "value";
    records[0].headers = one;
    records[2].headers = two;
    sender.deliver(records);

    member.wait_for(4);
    const auto& taken = member.taken();
    REQUIRE(taken[0].headers.size() == 1);
    CHECK(taken[0].headers[0].second == "one");
    CHECK(taken[1].headers.empty());
    REQUIRE(taken[2].headers.size() == 2);
    CHECK(taken[2].headers[0].second == "two");
    CHECK(taken[3].headers.empty());
}

TEST_CASE("a timestamp is kept") {
    auto record = to("");
    record.value = "value";
    record.timestamp = 1'600'000'000'123;
    CHECK(through(record).timestamp == 1'600'000'000'123);
}

TEST_CASE("a record without a timestamp gets this moment's") {
    const auto now = [] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    };
    auto record = to("");
    record.value = "value";
    const auto before = now();
    const auto received = through(record);
    CHECK(received.timestamp >= before);
    CHECK(received.timestamp <= now());
}

TEST_CASE_FIXTURE(Scene, "the views that are sent may end with the call") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    {
        std::string name = topic;
        std::string key = "key";
        std::string value(100, 'v');
        std::string header = "header";
        const std::array<Header, 1> headers = {{{header, header}}};
        auto record = to(name);
        record.key = key;
        record.value = value;
        record.headers = headers;
        REQUIRE(sender.send({&record, 1}).taken == 1);
        for (auto* text : {&name, &key, &value, &header}) text->assign(text->size(), '#');
    }
    REQUIRE(stage.run_until([&] { return !member.taken().empty(); }));
    const auto& received = member.taken()[0];
    CHECK(received.from.topic == topic);
    CHECK(received.key == "key");
    CHECK(received.value == std::string(100, 'v'));
    REQUIRE(received.headers.size() == 1);
    CHECK(received.headers[0].first == "header");
    CHECK(received.headers[0].second == "header");
}

}  // namespace

}  // namespace gateway::contract
