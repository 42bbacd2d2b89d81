#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"
#include "kafka/admin.hpp"

/// What only deletions show, which the broker interface does not offer; on a real Kafka.
namespace gateway::contract {

namespace {

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

void create(Stage& stage, const std::string& topic) {
    const TopicSpec spec{
        .topic = topic, .partitions = 1, .replication = std::nullopt, .config = {}};
    REQUIRE_FALSE(stage.create({spec}).at(0).has_value());
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
    next.wait_for(20);
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
    reader.wait_for(10);

    delete_topic(topic);
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 2; }));
    for (const auto& each : reader.ended()) {
        CHECK(each.partition.topic == topic);
        CHECK(each.error.code == Errc::topic_not_found);
    }
    sender.count(other, 0, 0, 10);
    reader.wait_for(20);
    reader.end();
    CHECK(stage.run_until([&] { return stage.broker().status().readers == 0; }));
}

TEST_CASE_FIXTURE(Scene, "a reader closes at once though a topic it reads is gone") {
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    reader.wait_for(10);
    delete_topic(topic);
    reader.end();
    CHECK(stage.run_until([&] { return stage.broker().status().readers == 0; }));
}

TEST_CASE_FIXTURE(Scene, "a topic that comes back under its name is read from a new place") {
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    reader.wait_for(10);
    delete_topic(topic);
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 1; }));

    create(stage, topic);
    Sender again(stage);
    again.count(topic, 0, 0, 5);
    reader.add({{topic, 0, 0}});
    reader.wait_for(15);
}

TEST_CASE("a topic that is followed leaves its member when it is deleted, and the others stay") {
    Stage stage;
    const auto prefix = Stage::fresh("family");
    const auto doomed = prefix + ".doomed";
    const auto lasting = prefix + ".lasting";
    create(stage, doomed);
    create(stage, lasting);
    Member member(
        stage, {.topics = {},
                .group = Stage::fresh("group"),
                .start = FromEarliest{},
                .follows = [prefix](std::string_view name) { return name.starts_with(prefix); }});
    member.join();
    Sender sender(stage);
    sender.count(doomed, 0, 0, 5);
    member.wait_for(5);
    delete_topic(doomed);
    REQUIRE(stage.run_until([&] { return member.revoked().contains({doomed, 0}); }));
    sender.count(lasting, 0, 0, 10);
    member.wait_for(15);
    CHECK_FALSE(member.failure().has_value());
    member.close();
}

/// Deletes a topic and makes it anew while a member has it, which is not told that it was gone.
void check_made_anew(Stage& stage, Member& member, const std::string& topic) {
    member.commit_as_taken();
    member.join();
    {
        Sender sender(stage);
        sender.count(topic, 0, 0, 10);
    }
    REQUIRE(stage.run_until([&] { return member.taken().size() == 10; }));
    delete_topic(topic);
    create(stage, topic);
    Sender sender(stage);
    sender.count(topic, 0, 0, 5);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 15; }));
    CHECK_FALSE(member.failure().has_value());
    if (!member.revoked().contains({topic, 0})) {
        REQUIRE(member.losses().size() == 1);
        CHECK(member.losses()[0].wanted == 10);
        CHECK(member.losses()[0].next == 0);
    }
    member.close();
}

TEST_CASE(
    "a member that follows a topic made anew reads it from its beginning, and its successor goes "
    "on") {
    Stage stage;
    const auto topic = Stage::fresh("family");
    create(stage, topic);
    const auto group = Stage::fresh("group");
    const auto follows = [topic](std::string_view name) { return name == topic; };
    {
        Member member(stage, {.topics = {}, .group = group, .follows = follows});
        check_made_anew(stage, member, topic);
    }
    Sender sender(stage);
    sender.count(topic, 0, 5, 10);
    Member next(stage, {.topics = {}, .group = group, .start = FromEarliest{}, .follows = follows});
    REQUIRE(stage.run_until([&] { return next.taken().size() >= 5; }));
    CHECK(next.offsets({topic, 0}) == range(5, 10));
}

TEST_CASE("a topic that is followed and comes back after a while is read from its beginning") {
    Stage stage;
    const auto topic = Stage::fresh("family");
    create(stage, topic);
    Member member(stage, {.topics = {},
                          .group = Stage::fresh("group"),
                          .follows = [topic](auto name) { return name == topic; }});
    member.join();
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 10; }));
    delete_topic(topic);
    REQUIRE(stage.run_until([&] { return member.revoked().contains({topic, 0}); }));

    create(stage, topic);
    Sender again(stage);
    again.count(topic, 0, 0, 5);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 15; }));
    CHECK(member.losses().empty());
    member.close();
}

TEST_CASE("a member of a topic made anew reads it from its beginning") {
    Stage stage;
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    check_made_anew(stage, member, topic);
}

}  // namespace

}  // namespace gateway::contract
