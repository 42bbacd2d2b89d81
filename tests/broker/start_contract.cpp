#include <algorithm>

#include <doctest/doctest.h>

#include "broker/expiry.hpp"
#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

/// A member of a new group that starts there.
Consumer::Options starting(std::vector<std::string> topics, Start start) {
    return {.topics = std::move(topics), .group = Stage::fresh("group"), .start = std::move(start)};
}

/// Waits until it could not join, and returns why.
Error failure(Stage& stage, const Member& member) {
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK_FALSE(member.is_live());
    return *member.failure();
}

TEST_CASE("a group that has committed nothing starts where its member says") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    std::vector<OutgoingRecord> records;
    for (int i = 0; i < 10; ++i) {
        records.push_back({.topic = topic,
                           .value = "value",
                           .partition = 0,
                           .timestamp = 1'700'000'000'000 + 10 * i});
    }
    sender.deliver(records);
    sender.count(topic, 1, 0, 3);

    std::int64_t first = 0;
    std::int64_t second = 0;
    Start start = FromEarliest{};
    SUBCASE("the oldest records") {}
    SUBCASE("the end") {
        start = FromLatest{};
        first = 10;
        second = 3;
    }
    SUBCASE("a time") {
        start = FromTime{1'700'000'000'055};
        first = 6;
    }
    SUBCASE("a time that is still to come") {
        start = FromTime{9'000'000'000'000};
        first = 10;
        second = 3;
    }
    SUBCASE("the last records") {
        start = FromLast{4};
        first = 6;
    }
    SUBCASE("a cursor, and the oldest record where it says nothing") {
        start = Cursor{{topic, 0, 7}};
        first = 7;
    }
    SUBCASE("a cursor at the end") {
        start = Cursor{{topic, 1, 3}, {topic, 0, 0}};
        second = 3;
    }

    Member member(stage, starting({topic}, start));
    member.join();
    CHECK(member.starts() == std::vector<Position>{{topic, 0, first}, {topic, 1, second}});
    records.resize(1);
    sender.deliver(records);
    sender.count(topic, 1, 3, 4);
    const auto expected = static_cast<std::size_t>(11 - first + 4 - second);
    member.wait_for(expected);
    CHECK(member.offsets({topic, 0}) == range(first, 11));
    CHECK(member.offsets({topic, 1}) == range(second, 4));
    CHECK(member.losses().empty());
}

TEST_CASE_FIXTURE(Scene,
                  "what a group has committed wins over where its member says, by partition") {
    const auto other = stage.topic();
    sender.count(topic, 0, 0, 10);
    sender.count(other, 0, 0, 10);
    {
        Member member(stage, {.topics = {topic}, .group = group, .start = FromEarliest{}});
        member.wait_for(10);
        member.commit({{topic, 0, 4}});
        member.close();
    }
    Member member(stage, {.topics = {topic, other}, .group = group, .start = FromLast{3}});
    member.wait_for(9);
    CHECK(member.offsets({topic, 0}) == range(4, 10));
    CHECK(member.offsets({other, 0}) == range(7, 10));
    std::vector<Position> starts{{topic, 0, 4}, {other, 0, 7}};
    std::ranges::sort(starts, {}, &Position::topic);
    CHECK(member.starts() == starts);
}

TEST_CASE_FIXTURE(
    Scene,
    "where a group starts is committed at once: who takes over before a record begins there") {
    sender.count(topic, 0, 0, 10);
    Member first(stage, {.topics = {topic}, .group = group, .start = FromLast{3}});
    first.allow(0);
    first.join();
    sender.count(topic, 0, 10, 15);
    SUBCASE("by closing") { first.close(); }
    SUBCASE("by being destroyed") { first.end(); }

    Member second(stage, {.topics = {topic}, .group = group, .start = FromLatest{}});
    second.wait_for(8);
    CHECK(second.offsets({topic, 0}) == range(7, 15));
    CHECK(second.starts() == std::vector<Position>{{topic, 0, 7}});
}

TEST_CASE("a member says it is live with the partitions that it got") {
    Stage stage;
    const auto topic = stage.topic(4);
    const auto group = Stage::fresh("group");
    Member one(stage, {topic}, group);
    one.join();
    CHECK(one.starts().size() == 4);

    Member other(stage, {topic}, group);
    other.join();
    // Some are live first and get their share after.
    if (!other.starts().empty()) CHECK(other.starts().size() == 2);
    for (const auto& each : other.starts()) {
        CHECK(each.topic == topic);
        CHECK(one.revoked().contains({topic, each.partition}));
    }
}

TEST_CASE("a member for whom no partition is left is live without any") {
    Stage stage;
    const auto topic = stage.topic();
    const auto group = Stage::fresh("group");
    Member one(stage, {topic}, group);
    one.join();
    Member other(stage, {topic}, group);
    other.join();
    // A broker may move the partition instead, or take it back and give it again.
    CHECK(other.starts().size() <= one.revoked().size());
}

TEST_CASE("a cursor of what does not exist keeps its member out, and says why") {
    Stage stage;
    const auto topic = stage.topic(1);
    const auto other = stage.topic(1);
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    Member beyond(stage, starting({topic}, Cursor{{topic, 0, 11}}));
    const auto error = failure(stage, beyond);
    CHECK(error.code == Errc::offset_out_of_range);
    CHECK(error.message.find("10") != std::string::npos);
    Member partition(stage, starting({topic}, Cursor{{topic, 1, 0}}));
    CHECK(failure(stage, partition).code == Errc::partition_not_found);
    Member elsewhere(stage, starting({topic}, Cursor{{other, 0, 0}}));
    CHECK(failure(stage, elsewhere).code == Errc::partition_not_found);
    REQUIRE(stage.run_until([&] { return stage.broker().status().orphans == 0; }));
}

TEST_CASE("a cursor at what retention dropped keeps its member out") {
    Stage stage;
    const auto topic = forgetful_topic(stage);
    Sender sender(stage);
    send_and_forget(stage, sender, topic, 10);
    Member member(stage, starting({topic}, Cursor{{topic, 0, 9}}));
    CHECK(failure(stage, member).code == Errc::offset_out_of_range);
}

TEST_CASE("a group whose place retention dropped is told, and goes on at the oldest record") {
    Stage stage;
    const auto topic = forgetful_topic(stage);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    {
        Member member(stage, {.topics = {topic}, .group = group, .start = FromEarliest{}});
        member.allow(0);
        member.join();
        member.close();
    }
    send_and_forget(stage, sender, topic, 10);
    sender.count(topic, 0, 10, 15);

    Member member(stage, {.topics = {topic}, .group = group, .start = FromLatest{}});
    member.wait_for(5);
    CHECK(member.offsets({topic, 0}) == range(10, 15));
    CHECK(member.losses() == std::vector<Lost>{{.topic = topic,
                                                .partition = 0,
                                                .wanted = 0,
                                                .next = 10,
                                                .earliest = 10,
                                                .latest = 15}});
}

}  // namespace

}  // namespace gateway::contract
