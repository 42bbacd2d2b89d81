#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

OutgoingRecord to_queue(std::string_view queue, std::string_view value) {
    return {.topic = queue, .value = value, .destination = Destination::queue};
}

/// The numbers that members took of a topic, all together.
std::vector<std::int64_t> together(const std::string& topic, std::vector<const Member*> members) {
    std::vector<std::int64_t> all;
    for (const auto* member : members)
        std::ranges::copy(member->numbers(topic), std::back_inserter(all));
    std::ranges::sort(all);
    return all;
}

TEST_CASE("a broker of queues says so") {
    Stage stage;
    const auto can = stage.broker().capabilities();
    CHECK_FALSE(can.positions);
    CHECK_FALSE(can.partitions);
    CHECK_FALSE(can.topic_settings);
    CHECK_FALSE(can.patterns);
    CHECK(can.exchanges);
}

TEST_CASE_FIXTURE(Scene, "each of two groups gets everything") {
    Member one(stage, {topic}, Stage::fresh("group"));
    Member other(stage, {topic}, Stage::fresh("group"));
    one.join();
    other.join();
    sender.count(topic, 0, 0, 50);
    one.wait_for(50);
    other.wait_for(50);
    CHECK(one.numbers(topic) == range(0, 50));
    CHECK(other.numbers(topic) == range(0, 50));
}

TEST_CASE_FIXTURE(Scene,
                  "members of a group share its records one by one, and nobody gets another's") {
    Member one(stage, {topic}, group);
    Member other(stage, {topic}, group);
    one.commit_as_taken();
    other.commit_as_taken();
    one.join();
    other.join();
    sender.count(topic, 0, 0, 100);
    REQUIRE(stage.run_until([&] { return one.taken().size() + other.taken().size() == 100; }));
    CHECK(together(topic, {&one, &other}) == range(0, 100));
    CHECK_FALSE(one.taken().empty());
    CHECK_FALSE(other.taken().empty());
}

TEST_CASE("groups whose names and topics' names run together are different groups") {
    Stage stage;
    const auto topic = Stage::fresh("topic");
    for (const auto& name : {topic, topic + ".a"}) {
        const auto errors = stage.create({{.topic = name,
                                           .partitions = std::nullopt,
                                           .replication = std::nullopt,
                                           .config = {}}});
        REQUIRE_FALSE(errors.at(0).has_value());
    }
    Member one(stage, {topic}, "a.b");
    Member other(stage, {topic + ".a"}, "b");
    one.join();
    other.join();
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    sender.count(topic + ".a", 0, 0, 20);
    REQUIRE(stage.run_until([&] { return one.taken().size() + other.taken().size() == 30; }));
    CHECK(one.taken().size() == 10);
    CHECK(other.taken().size() == 20);
}

TEST_CASE("a group with a name that is too long cannot be joined") {
    Stage stage;
    const auto topic = stage.topic();
    Member member(stage, {topic}, std::string(254, 'g'));
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::invalid_group);
}

TEST_CASE_FIXTURE(Scene, "whoever takes over gets what was not committed, and what comes after") {
    Member first(stage, {topic}, group);
    first.join();
    sender.count(topic, 0, 0, 10);
    first.wait_for(10);
    first.commit({{topic, 0, 4}});
    SUBCASE("by closing") { first.close(); }
    SUBCASE("by being destroyed") { first.end(); }

    Member second(stage, {topic}, group);
    second.join();
    sender.count(topic, 0, 10, 12);
    second.wait_for(8);
    CHECK(second.numbers(topic) == range(4, 12));
    CHECK(second.offsets({topic, 0}) == range(0, 8));
}

TEST_CASE_FIXTURE(Scene, "a group keeps what is sent while it has no member") {
    {
        Member member(stage, {topic}, group);
        member.join();
        member.close();
    }
    sender.count(topic, 0, 0, 10);
    Member member(stage, {topic}, group);
    member.wait_for(10);
    CHECK(member.numbers(topic) == range(0, 10));
}

TEST_CASE_FIXTURE(Scene, "what a member has not taken goes to another when it leaves") {
    Member first(stage, {topic}, group);
    first.join();
    first.allow(3);
    sender.count(topic, 0, 0, 10);
    first.wait_for(3);
    first.commit({{topic, 0, 3}});
    first.close();
    Member second(stage, {topic}, group);
    second.wait_for(7);
    CHECK(second.numbers(topic) == range(3, 10));
}

TEST_CASE("commits of several topics do not touch each other, and odd ones do nothing") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member first(stage, {one, other}, group);
    first.join();
    sender.count(one, 0, 0, 10);
    sender.count(other, 0, 0, 10);
    first.wait_for(20);
    first.commit({{one, 0, 6}, {other, 0, 2}});
    first.commit({{one, 0, 3}});
    first.commit({{one, 0, 6}});
    first.commit({{one, 1, 9}, {Stage::fresh("unknown"), 0, 5}, {one, 0, -1}, {other, 0, 0}});
    first.close();

    Member second(stage, {one, other}, group);
    second.wait_for(12);
    CHECK(second.numbers(one) == range(6, 10));
    CHECK(second.numbers(other) == range(2, 10));
}

TEST_CASE("a queue is consumed itself, by all who share it, and is made where it does not exist") {
    Stage stage;
    const auto queue = Stage::fresh("queue");
    Sender sender(stage);
    Member one(stage, {.topics = {queue}, .group = "any", .queue = true});
    Member other(stage, {.topics = {queue}, .group = "other", .queue = true});
    one.commit_as_taken();
    other.commit_as_taken();
    one.join();
    other.join();
    std::vector<std::string> values;
    for (int i = 0; i < 100; ++i) values.push_back(std::to_string(i));
    std::vector<OutgoingRecord> records;
    for (const auto& value : values) records.push_back(to_queue(queue, value));
    for (const auto& fate : sender.deliver(records)) {
        CHECK_FALSE(fate.error.has_value());
        CHECK(fate.topic == queue);
    }
    REQUIRE(stage.run_until([&] { return one.taken().size() + other.taken().size() == 100; }));
    CHECK(together(queue, {&one, &other}) == range(0, 100));
}

TEST_CASE("what is sent to a queue before anybody consumes it waits there") {
    Stage stage;
    const auto queue = Stage::fresh("queue");
    Sender sender(stage);
    CHECK_FALSE(sender.fate_of(to_queue(queue, "7")).error.has_value());
    Member member(stage, {.topics = {queue}, .group = "any", .queue = true});
    member.wait_for(1);
    CHECK(member.taken()[0].from == TopicPartition{queue, 0});
    CHECK(member.numbers(queue) == range(7, 8));
}

TEST_CASE_FIXTURE(
    Scene, "an exchange takes records by its name, and one that does not exist refuses them") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    OutgoingRecord record{
        .topic = topic, .value = "1", .destination = Destination::exchange, .routing_key = "any"};
    CHECK_FALSE(sender.fate_of(record).error.has_value());
    member.wait_for(1);
    const auto unknown = Stage::fresh("unknown");
    record.topic = unknown;
    CHECK(sender.fate_of(record).error == Errc::topic_not_found);
}

TEST_CASE("the exchange without a name takes records for queues that exist, and declares none") {
    Stage stage;
    const auto queue = Stage::fresh("queue");
    const auto unknown = Stage::fresh("unknown");
    Sender sender(stage);
    Member member(stage, {.topics = {queue}, .group = "any", .queue = true});
    member.join();
    const auto through_default = [](std::string_view to, std::string_view value) {
        return OutgoingRecord{
            .topic = "", .value = value, .destination = Destination::exchange, .routing_key = to};
    };
    const auto fates = sender.deliver(
        {through_default(queue, "1"), through_default(unknown, "2"), through_default(queue, "3")});
    CHECK_FALSE(fates[0].error.has_value());
    CHECK(fates[1].error == Errc::topic_not_found);
    CHECK_FALSE(fates[2].error.has_value());
    CHECK(sender.fate_of(through_default(unknown, "4")).error == Errc::topic_not_found);
    member.wait_for(2);
    CHECK(member.numbers(queue) == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("a queue that expires is gone some time after its consumer, and not before") {
    Stage stage;
    const auto queue = Stage::fresh("queue");
    const OutgoingRecord record{
        .topic = "", .value = "1", .destination = Destination::exchange, .routing_key = queue};
    Sender sender(stage);
    const Consumer::Options options{.topics = {queue},
                                    .group = "any",
                                    .queue = true,
                                    .queue_expiry = std::chrono::milliseconds(300)};
    Member member(stage, options);
    member.commit_as_taken();
    member.join();
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
    while (std::chrono::steady_clock::now() < until) {
        CHECK_FALSE(sender.fate_of(record).error.has_value());
    }
    member.close();
    REQUIRE(stage.run_until([&] { return sender.fate_of(record).error == Errc::topic_not_found; }));
    Member next(stage, options);
    next.join();
    CHECK_FALSE(sender.fate_of(record).error.has_value());
}

TEST_CASE_FIXTURE(Scene,
                  "headers that are properties arrive under their names, before the others") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    const std::array<Header, 4> headers = {{{"mine", "1"},
                                            {"reply-to", "answers"},
                                            {"correlation-id", "42"},
                                            {"content-type", "text/plain"}}};
    sender.deliver({{.topic = topic, .value = "value", .headers = headers}});
    member.wait_for(1);
    using Pair = std::pair<std::string, std::optional<std::string>>;
    CHECK(member.taken()[0].headers == std::vector<Pair>{{"correlation-id", "42"},
                                                         {"reply-to", "answers"},
                                                         {"content-type", "text/plain"},
                                                         {"mine", "1"}});
}

}  // namespace

}  // namespace gateway::contract
