#include "memory/group.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <doctest/doctest.h>

namespace gateway::memory {

namespace {

using Partitions = std::vector<TopicPartition>;

/// A group with its members' view of it: they release at once or when told to.
struct Table {
    Group group;
    std::map<MemberId, std::set<TopicPartition>> owned;
    std::map<MemberId, Partitions> asked_back;
    std::set<MemberId> settled;

    void join(MemberId member, const std::set<std::string>& topics) {
        group.join(member, topics);
        owned[member];
    }

    void leave(MemberId member) {
        group.leave(member);
        owned.erase(member);
        asked_back.erase(member);
    }

    void hear(const Group::Changes& changes) {
        for (const auto& change : changes) {
            for (const auto& each : change.given) {
                for (const auto& [member, all] : owned) CHECK_FALSE(all.contains(each));
                owned[change.member].insert(each);
            }
            auto& asked = asked_back[change.member];
            asked.insert(asked.end(), change.asked_back.begin(), change.asked_back.end());
            if (change.is_settled) CHECK(settled.insert(change.member).second);
        }
    }

    void release(MemberId member) {
        const auto partitions = std::exchange(asked_back[member], {});
        for (const auto& each : partitions) CHECK(owned[member].erase(each) == 1);
        hear(group.released(member, partitions));
    }

    void rebalance() { hear(group.rebalance()); }

    void rebalance_and_release() {
        rebalance();
        for (const auto& [member, partitions] : owned) release(member);
    }

    std::vector<std::size_t> loads() {
        std::vector<std::size_t> all;
        for (const auto& [member, partitions] : owned) all.push_back(partitions.size());
        std::ranges::sort(all);
        return all;
    }
};

Table with_topic(std::int32_t partitions) {
    Table table;
    table.group.add_topic("topic", partitions);
    return table;
}

TEST_CASE("the only member gets everything at once, and is settled") {
    auto table = with_topic(3);
    table.join(1, {"topic"});
    CHECK(table.loads() == std::vector<std::size_t>{0});
    table.rebalance();
    CHECK(table.loads() == std::vector<std::size_t>{3});
    CHECK(table.settled.contains(1));
}

TEST_CASE("members share evenly, whatever their number") {
    auto table = with_topic(7);
    for (MemberId member = 1; member <= 9; ++member) {
        table.join(member, {"topic"});
        table.rebalance_and_release();
        const auto loads = table.loads();
        CHECK(loads.back() - loads.front() <= 1);
        CHECK(std::accumulate(loads.begin(), loads.end(), std::size_t{0}) == 7);
        CHECK(table.settled.contains(member));
    }
}

TEST_CASE("members that join in a row are one rebalance") {
    auto table = with_topic(4);
    table.join(1, {"topic"});
    table.join(2, {"topic"});
    table.rebalance();
    CHECK(table.loads() == std::vector<std::size_t>{2, 2});
    CHECK(table.settled.size() == 2);
}

TEST_CASE("a new member takes no more than its share from the others") {
    auto table = with_topic(6);
    table.join(1, {"topic"});
    table.join(2, {"topic"});
    table.rebalance();
    const auto before = table.owned;
    table.join(3, {"topic"});
    table.rebalance_and_release();
    CHECK(table.loads() == std::vector<std::size_t>{2, 2, 2});
    for (const MemberId member : {1U, 2U}) {
        CHECK(std::ranges::includes(before.at(member), table.owned[member]));
    }
}

TEST_CASE("a partition is not given before its owner let go") {
    auto table = with_topic(2);
    table.join(1, {"topic"});
    table.rebalance();
    table.join(2, {"topic"});
    table.rebalance();
    CHECK(table.asked_back[1].size() == 1);
    CHECK(table.owned[2].empty());
    CHECK_FALSE(table.settled.contains(2));

    table.release(1);
    CHECK(table.owned[2].size() == 1);
    CHECK(table.settled.contains(2));
}

TEST_CASE("a partition asked back goes on when its owner leaves instead") {
    auto table = with_topic(2);
    table.join(1, {"topic"});
    table.rebalance();
    table.join(2, {"topic"});
    table.rebalance();
    table.leave(1);
    table.rebalance();
    CHECK(table.owned[2].size() == 2);
    CHECK(table.settled.contains(2));
}

TEST_CASE("a partition whose next owner left comes back to the one that lets go of it") {
    auto table = with_topic(2);
    table.join(1, {"topic"});
    table.rebalance();
    table.join(2, {"topic"});
    table.rebalance();
    table.leave(2);
    table.rebalance();
    table.release(1);
    CHECK(table.owned[1].size() == 2);
}

TEST_CASE("a partition released between two rebalances is not lost") {
    auto table = with_topic(2);
    table.join(1, {"topic"});
    table.rebalance();
    table.join(2, {"topic"});
    table.rebalance();
    table.leave(2);
    table.release(1);
    CHECK(table.owned[1].size() == 1);
    table.rebalance();
    CHECK(table.owned[1].size() == 2);
}

TEST_CASE("when a member leaves, the others share what it had") {
    auto table = with_topic(9);
    for (MemberId member = 1; member <= 3; ++member) table.join(member, {"topic"});
    table.rebalance();
    table.leave(2);
    table.rebalance_and_release();
    CHECK(table.loads() == std::vector<std::size_t>{4, 5});
}

TEST_CASE("a member gets partitions only of the topics that it names") {
    Table table;
    table.group.add_topic("one", 2);
    table.group.add_topic("other", 4);
    table.join(1, {"one", "other"});
    table.join(2, {"other"});
    table.rebalance_and_release();
    CHECK(table.loads() == std::vector<std::size_t>{3, 3});
    for (const auto& each : table.owned[2]) CHECK(each.topic == "other");
}

TEST_CASE("single partitions of many topics are spread over the members") {
    Table table;
    std::set<std::string> topics;
    for (int i = 0; i < 10; ++i) topics.insert("topic-" + std::to_string(i));
    for (const auto& topic : topics) table.group.add_topic(topic, 1);
    table.join(1, topics);
    table.join(2, topics);
    table.rebalance();
    CHECK(table.loads() == std::vector<std::size_t>{5, 5});
}

TEST_CASE("a rebalance that changes nothing says nothing") {
    auto table = with_topic(3);
    table.join(1, {"topic"});
    table.join(2, {"topic"});
    table.rebalance();
    CHECK(table.group.rebalance().empty());
}

TEST_CASE("a start counts only while nothing is known") {
    auto table = with_topic(2);
    CHECK_FALSE(table.group.position({"topic", 0}).has_value());
    table.group.start_at({"topic", 0}, 5);
    table.group.start_at({"topic", 0}, 9);
    CHECK(table.group.position({"topic", 0}) == 5);
    CHECK_FALSE(table.group.position({"topic", 1}).has_value());
}

TEST_CASE("only the owner of a partition moves its position, until it let go") {
    auto table = with_topic(2);
    table.join(1, {"topic"});
    table.rebalance();
    table.join(2, {"topic"});
    table.rebalance();
    const auto moving = table.asked_back[1].at(0);

    table.group.commit(2, {moving.topic, moving.partition, 1});
    CHECK_FALSE(table.group.position(moving).has_value());
    table.group.commit(1, {moving.topic, moving.partition, 2});
    CHECK(table.group.position(moving) == 2);
    table.release(1);
    table.group.commit(1, {moving.topic, moving.partition, 3});
    CHECK(table.group.position(moving) == 2);
    table.group.commit(2, {moving.topic, moving.partition, 4});
    CHECK(table.group.position(moving) == 4);
}

TEST_CASE("a commit of what is not there does nothing") {
    auto table = with_topic(1);
    table.join(1, {"topic"});
    table.rebalance();
    table.group.commit(1, {"other", 0, 5});
    table.group.commit(1, {"topic", 1, 5});
    table.group.commit(1, {"topic", -1, 5});
    table.group.commit(1, {"topic", 0, -5});
    CHECK_FALSE(table.group.position({"topic", 0}).has_value());
}

TEST_CASE("positions outlive the members") {
    auto table = with_topic(1);
    table.join(1, {"topic"});
    table.rebalance();
    table.group.commit(1, {"topic", 0, 5});
    table.leave(1);
    CHECK(table.group.is_empty());
    CHECK(table.group.size() == 1);
    CHECK(table.group.position({"topic", 0}) == 5);
}

TEST_CASE("a member that takes up another topic gets its share of that, too") {
    auto table = with_topic(2);
    table.join(1, {"topic"});
    table.join(2, {});
    table.rebalance_and_release();
    CHECK(table.settled.size() == 2);
    CHECK(table.owned[2].empty());

    table.group.add_topic("late", 4);
    table.group.follow(1, "late");
    table.group.follow(2, "late");
    table.rebalance_and_release();
    CHECK(table.loads() == std::vector<std::size_t>{3, 3});
    table.leave(2);
    table.rebalance();
    CHECK(table.owned[1].size() == 6);
}

TEST_CASE("what a member has is listed in order, with where it goes on") {
    Table table;
    table.group.add_topic("b", 2);
    table.group.add_topic("a", 1);
    table.group.start_at({"b", 1}, 7);
    table.group.start_at({"a", 0}, 3);
    table.join(1, {"a", "b"});
    CHECK(table.group.owned(1).empty());
    table.rebalance();
    CHECK(table.group.owned(1) == std::vector<Position>{{"a", 0, 3}, {"b", 0, 0}, {"b", 1, 7}});
    CHECK(table.group.owned(2).empty());
}

}  // namespace

}  // namespace gateway::memory
