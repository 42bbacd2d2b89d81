#include <doctest/doctest.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;
using Positions = std::vector<Position>;

TEST_CASE("a dead partition holds up no other") {
    Stage stage;
    stage.broker.create("t", 2);
    for (int i = 0; i < 5; ++i) stage.broker.append("t", 0);
    stage.broker.append("t", 1);
    stage.broker.at("t", 1).is_dead = true;
    const auto listener = stage.listen({.topics = {"t"}, .start = FromEarliest{}});
    stage.run();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->of("t", 0) == values(0, 6));
    CHECK(listener->of("t", 1).empty());
    stage.broker.at("t", 1).is_dead = false;
    stage.broker.append("t", 1);
    stage.run();
    CHECK(listener->of("t", 1) == Texts{"t/1/0", "t/1/1"});
}

TEST_CASE("a partition without a leader holds up nobody who is live, but who would begin fails") {
    Stage stage;
    stage.broker.create("t", 2);
    const auto live = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    auto& dead = stage.broker.at("t", 1);
    dead.is_dead = true;
    dead.has_leader = false;
    const auto refused = stage.listen({.topics = {"t"}, .view = View{}});
    stage.broker.append("t", 0);
    stage.run();
    CHECK(live->all() == values(0, 1));
    REQUIRE(refused->error().has_value());
    CHECK(refused->error()->code == Errc::broker_unavailable);
    dead.is_dead = false;
    dead.has_leader = true;
    const auto next = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.append("t", 1);
    stage.run();
    CHECK(next->all() == Texts{"t/1/0"});
    CHECK(live->all() == Texts{"t/0/0", "t/1/0"});
}

TEST_CASE("what expires before it is read is announced, whoever reads") {
    auto options = Stage::quick();
    options.ring_records = 1;
    Stage stage(options);
    stage.broker.create("t", 1);
    const auto live = stage.listen({.topics = {"t"}, .view = View{}});
    const auto slow = stage.listen({.topics = {"t"}});
    slow->appetite = [](std::size_t) { return std::size_t{0}; };
    stage.run();
    for (int i = 0; i < 4; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    stage.broker.at("t", 0).is_dead = true;
    for (int i = 0; i < 4; ++i) stage.broker.append("t", 0);
    stage.broker.expire("t", 0, 6);
    stage.broker.at("t", 0).is_dead = false;
    stage.run();
    CHECK(live->losses() == std::vector<Lost>{{"t", 0, 4, 6, 6, 8}});
    CHECK(live->all() == Texts{"t/0/0", "t/0/1", "t/0/2", "t/0/3", "t/0/6", "t/0/7"});
    slow->appetite = [](std::size_t all) { return all; };
    slow->resume();
    stage.run();
    CHECK(slow->losses() == std::vector<Lost>{{"t", 0, 0, 6, 6, 8}});
    CHECK(slow->all() == values(6, 8));
}

TEST_CASE("a loss is told after the subscriber is live") {
    Stage stage;
    for (const char* topic : {"a", "b"}) {
        stage.broker.create(topic, 1);
        for (int i = 0; i < 3; ++i) stage.broker.append(topic, 0);
    }
    const auto other = stage.listen({.topics = {"a"}});
    stage.run();
    stage.broker.expire("a", 0, 2);
    const auto listener =
        stage.listen({.topics = {"a", "b"}, .start = Cursor{{"a", 0, 0}, {"b", 0, 0}}});
    stage.run_interleaved();
    CHECK(listener->losses() == std::vector<Lost>{{"a", 0, 0, 2, 2, 3}});
    CHECK(listener->of("a", 0).size() == 1);
    CHECK(listener->of("b", 0).size() == 3);
}

TEST_CASE("no loss is told of a subscription that has failed") {
    Stage stage;
    for (const char* topic : {"a", "b"}) {
        stage.broker.create(topic, 1);
        for (int i = 0; i < 3; ++i) stage.broker.append(topic, 0);
    }
    stage.broker.at("a", 0).is_dead = true;
    const auto listener = stage.listen({.topics = {"a", "b"}, .start = FromEarliest{}});
    stage.run();
    CHECK(listener->of("b", 0).size() == 3);
    stage.broker.remove("b");
    stage.run();
    REQUIRE(listener->error().has_value());
    stage.broker.expire("a", 0, 2);
    stage.broker.at("a", 0).is_dead = false;
    stage.run();
    CHECK(listener->losses().empty());
}

TEST_CASE("new partitions and new topics are followed from their first record") {
    auto options = Stage::quick();
    options.look_interval = std::chrono::milliseconds(1);
    Stage stage(options);
    stage.broker.create("t1", 1);
    const auto listener = stage.listen(
        {.follows = [](std::string_view topic) { return topic.starts_with('t'); }, .view = View{}});
    stage.run();
    stage.broker.add_partition("t1");
    stage.broker.append("t1", 1);
    stage.broker.create("other", 1);
    stage.broker.append("other", 0);
    stage.broker.create("t2", 1);
    stage.broker.append("t2", 0);
    CHECK(stage.run_until([&] { return listener->all().size() == 2; }));
    CHECK(listener->of("t1", 1) == Texts{"t1/1/0"});
    CHECK(listener->of("t2", 0) == Texts{"t2/0/0"});

    stage.broker.remove("t2");
    stage.run();
    stage.broker.append("t1", 0);
    CHECK(stage.run_until([&] { return listener->all().size() == 3; }));
    CHECK_FALSE(listener->error().has_value());
}

TEST_CASE("a new partition that a new subscriber knows first is read from its first record") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto first = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.add_partition("t");
    stage.broker.append("t", 1);
    const auto second = stage.listen({.topics = {"t"}});
    stage.run();
    stage.broker.append("t", 1);
    stage.run();
    CHECK(first->of("t", 1) == Texts{"t/1/0", "t/1/1"});
    CHECK(second->starts() == Positions{{"t", 0, 0}, {"t", 1, 1}});
    CHECK(second->of("t", 1) == Texts{"t/1/1"});
}

TEST_CASE(
    "a partition that appears while one is caught up with is followed from its first record") {
    Stage stage;
    stage.broker.create("t", 1);
    for (int i = 0; i < 5; ++i) stage.broker.append("t", 0);
    const auto first = stage.listen({.topics = {"t"}});
    stage.run();
    stage.broker.at("t", 0).is_dead = true;
    const auto late = stage.listen({.topics = {"t"}, .start = FromEarliest{}});
    stage.run();
    stage.broker.add_partition("t");
    stage.broker.append("t", 1);
    const auto last = stage.listen({.topics = {"t"}});
    stage.run();
    stage.broker.at("t", 0).is_dead = false;
    stage.run();
    CHECK(late->of("t", 0) == values(0, 5));
    CHECK(late->of("t", 1) == Texts{"t/1/0"});
    CHECK(first->of("t", 1) == Texts{"t/1/0"});
}

}  // namespace

}  // namespace gateway::fanout
