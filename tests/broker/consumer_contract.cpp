#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

TEST_CASE_FIXTURE(Scene,
                  "a consumer is live before any record, and gets what is sent from then on") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    sender.count(topic, 0, 0, 100);
    member.wait_for(100);
    CHECK(member.offsets({topic, 0}) == range(0, 100));
    CHECK(member.taken()[42].value == "42");
}

TEST_CASE_FIXTURE(Scene, "a group that has committed nothing starts at the end") {
    sender.count(topic, 0, 0, 5);

    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    sender.count(topic, 0, 5, 10);
    member.wait_for(5);
    CHECK(member.numbers(topic) == range(5, 10));
}

TEST_CASE("a consumer gets every topic that it names, each in its order") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    Sender sender(stage);
    Member member(stage, {one, other}, Stage::fresh("group"));
    member.join();
    sender.count(one, 0, 0, 50);
    sender.count(other, 0, 0, 30);
    member.wait_for(80);
    CHECK(member.offsets({one, 0}) == range(0, 50));
    CHECK(member.offsets({other, 0}) == range(0, 30));
    CHECK(member.numbers(other) == range(0, 30));
}

TEST_CASE_FIXTURE(Scene,
                  "records taken in part stop until resume, which goes on with exactly the rest") {
    Member slow(stage, {topic}, Stage::fresh("group"));
    Member witness(stage, {topic}, Stage::fresh("group"));
    slow.join();
    witness.join();

    slow.allow(7);
    sender.count(topic, 0, 0, 50);
    slow.wait_for(7);
    sender.count(topic, 0, 50, 60);
    witness.wait_for(60);
    CHECK(slow.taken().size() == 7);

    slow.allow(20);
    slow.resume();
    slow.wait_for(27);
    sender.count(topic, 0, 60, 70);
    witness.wait_for(70);
    CHECK(slow.taken().size() == 27);

    slow.allow(Member::unlimited);
    slow.resume();
    slow.wait_for(70);
    CHECK(slow.offsets({topic, 0}) == range(0, 70));
}

TEST_CASE("a consumer may take none of the records and still get all of them later") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    Sender sender(stage);
    Member member(stage, {one, other}, Stage::fresh("group"));
    member.join();

    member.allow(0);
    sender.count(one, 0, 0, 10);
    sender.count(other, 0, 0, 10);
    REQUIRE(stage.run_until([&] { return member.calls() == 1; }));
    CHECK(member.taken().empty());

    member.allow(Member::unlimited);
    member.resume();
    member.wait_for(20);
    CHECK(member.offsets({one, 0}) == range(0, 10));
    CHECK(member.offsets({other, 0}) == range(0, 10));
}

TEST_CASE_FIXTURE(Scene, "a paused consumer loses nothing of a long topic") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    member.allow(0);
    for (int first = 0; first < 20'000; first += 1000) sender.count(topic, 0, first, first + 1000);
    std::int64_t seen = 0;
    while (seen < 20'000) {
        member.allow(3000);
        member.resume();
        const auto target = std::min<std::int64_t>(seen + 3000, 20'000);
        REQUIRE(stage.run_until(
            [&] { return static_cast<std::int64_t>(member.taken().size()) == target; }));
        seen = target;
    }
    CHECK(member.offsets({topic, 0}) == range(0, 20'000));
}

TEST_CASE_FIXTURE(Scene, "a resume without a pause does nothing") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.resume();
    member.join();
    member.resume();
    sender.count(topic, 0, 0, 10);
    member.resume();
    member.wait_for(10);
    member.resume();
    sender.count(topic, 0, 10, 20);
    member.wait_for(20);
    CHECK(member.offsets({topic, 0}) == range(0, 20));
}

TEST_CASE("a subscription to a topic that does not exist fails") {
    Stage stage;
    const auto topic = stage.topic();
    for (const auto& topics : {std::vector<std::string>{Stage::fresh("unknown")},
                               std::vector<std::string>{topic, Stage::fresh("unknown")}}) {
        Member member(stage, topics, Stage::fresh("group"));
        REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
        CHECK(member.failure()->code == Errc::topic_not_found);
        CHECK_FALSE(member.is_live());
    }
}

TEST_CASE("a consumer that failed is closed and destroyed like any other") {
    Stage stage;
    Member member(stage, {Stage::fresh("unknown")}, Stage::fresh("group"));
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    member.close();
    member.end();
    CHECK(stage.run_until([&] { return stage.broker().status().consumers == 0; }));
}

TEST_CASE_FIXTURE(Scene, "close says when it is done, and no event follows it") {
    Member member(stage, {topic}, Stage::fresh("group"));
    Member witness(stage, {topic}, Stage::fresh("group"));
    member.join();
    witness.join();

    member.close();
    sender.count(topic, 0, 0, 10);
    witness.wait_for(10);
    CHECK(member.taken().empty());
}

TEST_CASE("a consumer may be closed before it is live") {
    Stage stage;
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.close();
    CHECK_FALSE(member.is_live());
}

TEST_CASE_FIXTURE(Scene, "a destroyed consumer hears nothing more") {
    Member member(stage, {topic}, Stage::fresh("group"));
    Member witness(stage, {topic}, Stage::fresh("group"));
    member.join();
    witness.join();

    sender.count(topic, 0, 0, 10);
    member.end();
    const auto heard = member.taken().size();
    sender.count(topic, 0, 10, 20);
    witness.wait_for(20);
    CHECK(member.taken().size() == heard);
}

}  // namespace

}  // namespace gateway::contract
