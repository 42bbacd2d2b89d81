#include <algorithm>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

/// Sends rounds of one record to each partition until every member took something.
void send_until_all_share(Sender& sender, const std::string& topic, std::int32_t partitions,
                          std::vector<const Member*> members, int& next) {
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (std::ranges::any_of(members, [](auto* each) { return each->taken().empty(); })) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            sender.count(topic, partition, next, next + 1);
        }
        ++next;
    }
}

/// Whether the members together took all offsets from 0 on of each partition.
bool took_all(const std::string& topic, std::int32_t partitions,
              const std::vector<const Member*>& members, std::int64_t last) {
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        std::set<std::int64_t> seen;
        for (const auto* member : members) {
            const auto offsets = member->offsets({topic, partition});
            seen.insert(offsets.begin(), offsets.end());
        }
        if (seen.size() != static_cast<std::size_t>(last)) return false;
    }
    return true;
}

TEST_CASE("each of two groups gets everything") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    Member one(stage, {topic}, Stage::fresh("group"));
    Member other(stage, {topic}, Stage::fresh("group"));
    one.join();
    other.join();

    sender.count(topic, 0, 0, 50);
    sender.count(topic, 1, 0, 50);
    one.wait_for(100);
    other.wait_for(100);
    for (const auto* member : {&one, &other}) {
        CHECK(member->offsets({topic, 0}) == range(0, 50));
        CHECK(member->offsets({topic, 1}) == range(0, 50));
    }
}

TEST_CASE("two members of a group share its partitions, and together get everything") {
    Stage stage;
    const auto topic = stage.topic(4);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member one(stage, {topic}, group);
    Member other(stage, {topic}, group);
    one.commit_as_taken();
    other.commit_as_taken();
    one.join();
    other.join();

    int next = 0;
    send_until_all_share(sender, topic, 4, {&one, &other}, next);
    for (std::int32_t partition = 0; partition < 4; ++partition) {
        sender.count(topic, partition, next, next + 20);
    }
    REQUIRE(stage.run_until([&] { return took_all(topic, 4, {&one, &other}, next + 20); }));
}

TEST_CASE("a member is told of a partition's loss before another gets its records") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member first(stage, {topic}, group);
    first.commit_as_taken();
    first.join();
    sender.count(topic, 0, 0, 1);
    sender.count(topic, 1, 0, 1);
    REQUIRE(stage.run_until([&] { return first.sources().size() == 2; }));

    Member second(stage, {topic}, group);
    second.commit_as_taken();
    int next = 1;
    send_until_all_share(sender, topic, 2, {&first, &second}, next);
    for (const auto& each : second.sources()) CHECK(first.revoked().contains(each));
    REQUIRE(stage.run_until([&] { return took_all(topic, 2, {&first, &second}, next); }));
}

TEST_CASE_FIXTURE(Scene, "whoever takes over continues after what was committed") {
    Member first(stage, {topic}, group);
    first.join();
    sender.count(topic, 0, 0, 10);
    first.wait_for(10);
    first.commit({{topic, 0, 4}});

    Member second(stage, {topic}, group);
    first.close();
    sender.count(topic, 0, 10, 12);
    second.wait_for(8);
    CHECK(second.offsets({topic, 0}) == range(4, 12));
}

TEST_CASE_FIXTURE(
    Scene, "whoever takes over from a member that committed nothing continues at its start") {
    sender.count(topic, 0, 0, 3);
    Member first(stage, {topic}, group);
    first.join();
    first.allow(0);
    sender.count(topic, 0, 3, 10);
    first.close();

    Member second(stage, {topic}, group);
    second.wait_for(7);
    CHECK(second.offsets({topic, 0}) == range(3, 10));
}

TEST_CASE("a group reopened continues where it committed, also what was sent in between") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    {
        Member member(stage, {topic}, group);
        member.join();
        sender.count(topic, 0, 0, 10);
        member.wait_for(10);
        member.commit({{topic, 0, 6}});
        member.close();
    }
    sender.count(topic, 0, 10, 15);
    sender.count(topic, 1, 0, 5);

    Member member(stage, {topic}, group);
    member.wait_for(14);
    CHECK(member.offsets({topic, 0}) == range(6, 15));
    CHECK(member.offsets({topic, 1}) == range(0, 5));
}

TEST_CASE_FIXTURE(Scene, "a destroyed consumer leaves its group, and what it committed counts") {
    Member first(stage, {topic}, group);
    first.join();
    sender.count(topic, 0, 0, 10);
    first.wait_for(10);
    first.commit({{topic, 0, 9}});
    first.end();

    Member second(stage, {topic}, group);
    REQUIRE(stage.run_until([&] { return !second.taken().empty(); }));
    CHECK(second.offsets({topic, 0}) == range(9, 10));
}

TEST_CASE("what is committed while a revocation is told still counts") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member first(stage, {topic}, group);
    first.join();
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 10);
    first.wait_for(20);
    first.on_revoked([&](std::span<const TopicPartition> partitions) {
        for (const auto& each : partitions) first.commit({{each.topic, each.partition, 7}});
    });

    Member second(stage, {topic}, group);
    REQUIRE(stage.run_until([&] { return !second.taken().empty(); }));
    CHECK(second.taken()[0].offset == 7);
}

TEST_CASE("a commit for a partition that is another member's does nothing") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member first(stage, {topic}, group);
    first.join();
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 10);
    first.wait_for(20);

    Member second(stage, {topic}, group);
    REQUIRE(stage.run_until([&] { return second.taken().size() >= 10; }));
    const auto moved = second.taken()[0].from;
    CHECK(second.offsets(moved) == range(0, 10));
    second.commit({{moved.topic, moved.partition, 3}});
    first.commit({{moved.topic, moved.partition, 10}});

    const auto before = first.offsets(moved).size();
    second.close();
    REQUIRE(stage.run_until([&] { return first.offsets(moved).size() > before; }));
    CHECK(first.offsets(moved)[before] == 3);
}

TEST_CASE("a paused member gives up its partitions, with what it had not taken of them") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member first(stage, {topic}, group);
    first.join();
    first.allow(0);
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 10);
    REQUIRE(stage.run_until([&] { return first.calls() > 0; }));

    Member second(stage, {topic}, group);
    second.wait_for(10);
    const auto moved = second.taken()[0].from;
    const TopicPartition kept{topic, 1 - moved.partition};

    first.allow(Member::unlimited);
    first.resume();
    REQUIRE(stage.run_until([&] { return first.taken().size() >= 10; }));
    CHECK(first.offsets(kept) == range(0, 10));
    CHECK(first.offsets(moved).empty());
    CHECK(second.offsets(moved) == range(0, 10));
}

TEST_CASE("when one of two members leaves, the other goes on with all partitions") {
    Stage stage;
    const auto topic = stage.topic(4);
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member staying(stage, {topic}, group);
    Member leaving(stage, {topic}, group);
    staying.commit_as_taken();
    leaving.commit_as_taken();
    staying.join();
    leaving.join();
    int next = 0;
    send_until_all_share(sender, topic, 4, {&staying, &leaving}, next);

    SUBCASE("by closing") { leaving.close(); }
    SUBCASE("by being destroyed") { leaving.end(); }

    for (std::int32_t partition = 0; partition < 4; ++partition) {
        sender.count(topic, partition, next, next + 20);
    }
    REQUIRE(stage.run_until([&] { return took_all(topic, 4, {&staying, &leaving}, next + 20); }));
    CHECK(staying.sources().size() == 4);
}

TEST_CASE("members of one group may name different topics") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member first(stage, {one}, group);
    Member second(stage, {other}, group);
    first.join();
    second.join();

    sender.count(one, 0, 0, 10);
    sender.count(other, 0, 0, 10);
    REQUIRE(stage.run_until([&] {
        return first.offsets({one, 0}).size() >= 10 && second.offsets({other, 0}).size() >= 10;
    }));
    CHECK(first.offsets({other, 0}).empty());
    CHECK(second.offsets({one, 0}).empty());
}

TEST_CASE_FIXTURE(Scene, "a member more than there are partitions waits, and takes over") {
    Member one(stage, {topic}, group);
    Member other(stage, {topic}, group);
    one.commit_as_taken();
    other.commit_as_taken();
    one.join();
    other.join();

    sender.count(topic, 0, 0, 10);
    REQUIRE(stage.run_until([&] { return took_all(topic, 1, {&one, &other}, 10); }));
    Member& owner = one.taken().empty() ? other : one;
    Member& spare = one.taken().empty() ? one : other;
    CHECK(spare.taken().empty());
    owner.close();
    sender.count(topic, 0, 10, 20);
    REQUIRE(stage.run_until([&] { return took_all(topic, 1, {&one, &other}, 20); }));
    CHECK(spare.offsets({topic, 0}) == range(10, 20));
}

}  // namespace

}  // namespace gateway::contract
