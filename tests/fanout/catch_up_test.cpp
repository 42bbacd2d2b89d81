#include <doctest/doctest.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;
using Positions = std::vector<Position>;

TEST_CASE("who begins in the past is caught up with, then follows the others") {
    Stage stage;
    stage.broker.create("t", 1);
    for (int i = 0; i < 50; ++i) stage.broker.append("t", 0);
    const auto early = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    const auto late = stage.listen({.topics = {"t"}, .start = FromEarliest{}, .view = View{}});
    stage.run();
    CHECK(late->all() == values(0, 50));
    CHECK(stage.broker.readers() == 1);
    for (int i = 0; i < 3; ++i) stage.broker.append("t", 0);
    stage.run();
    CHECK(late->all() == values(0, 53));
    CHECK(early->all() == values(50, 53));
    CHECK(late->frames() == 1);
}

TEST_CASE("who begins behind offsets without a record takes the frames of others") {
    Stage stage;
    stage.broker.create("t", 2);
    const auto first = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.append("t", 0);
    stage.broker.skip("t", 0);
    stage.run();
    const auto second = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    CHECK(second->starts() == Positions{{"t", 0, 2}, {"t", 1, 0}});
    stage.broker.append("t", 1);
    stage.run();
    CHECK(second->all() == Texts{"t/1/0"});
    CHECK(second->frames() == 1);
    CHECK(first->all() == Texts{"t/0/0", "t/1/0"});
}

TEST_CASE("who begins within the ring needs no reader") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto first = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    for (int i = 0; i < 20; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    const auto second = stage.listen({.topics = {"t"}, .start = Cursor{{"t", 0, 5}}}, 1);
    stage.settle();
    CHECK(second->all() == values(5, 20));
}

TEST_CASE("who falls out of the ring is caught up with from the broker") {
    auto options = Stage::quick();
    options.ring_records = 5;
    Stage stage(options);
    stage.broker.create("t", 1);
    const auto slow = stage.listen({.topics = {"t"}, .view = View{}});
    slow->appetite = [](std::size_t) { return std::size_t{0}; };
    stage.run();
    for (int i = 0; i < 30; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    slow->appetite = [](std::size_t all) { return all; };
    slow->resume();
    stage.run();
    CHECK(slow->all() == values(0, 30));
}

TEST_CASE("one whose client does not read gives its turn to read from the broker to others") {
    auto options = Stage::quick();
    options.max_catch_ups = 1;
    Stage stage(options);
    stage.broker.create("t", 1);
    for (int i = 0; i < 10; ++i) stage.broker.append("t", 0);
    const auto stuck = stage.listen({.topics = {"t"}, .start = FromEarliest{}});
    stuck->appetite = [](std::size_t) { return std::size_t{3}; };
    stage.run();
    CHECK(stuck->all() == values(0, 3));
    const auto other = stage.listen({.topics = {"t"}, .start = FromEarliest{}});
    stage.run();
    CHECK(other->all() == values(0, 10));
    stuck->appetite = [](std::size_t all) { return all; };
    stuck->resume();
    stage.run();
    CHECK(stuck->all() == values(0, 10));
}

TEST_CASE("one that nothing comes for gives its turn to read from the broker to others") {
    auto options = Stage::quick();
    options.max_catch_ups = 1;
    options.idle_turn = std::chrono::milliseconds(1);
    Stage stage(options);
    for (const char* topic : {"dead", "well"}) {
        stage.broker.create(topic, 1);
        stage.broker.append(topic, 0);
    }
    stage.broker.at("dead", 0).is_dead = true;
    const auto stuck = stage.listen({.topics = {"dead"}, .start = FromEarliest{}});
    stage.run();
    const auto other = stage.listen({.topics = {"well"}, .start = FromEarliest{}});
    CHECK(stage.run_until([&] { return other->all().size() == 1; }));
    stage.broker.at("dead", 0).is_dead = false;
    CHECK(stage.run_until([&] { return stuck->all().size() == 1; }));
}

TEST_CASE("all shards together read from the broker no more often than allowed") {
    auto options = Stage::quick();
    options.max_catch_ups = 4;
    Stage stage(options);
    stage.broker.create("t", 1);
    stage.broker.append("t", 0);
    stage.broker.at("t", 0).is_dead = true;
    std::vector<std::unique_ptr<Listener>> listeners;
    for (std::size_t i = 0; i < 20; ++i) {
        listeners.push_back(stage.listen({.topics = {"t"}, .start = FromEarliest{}}, i % 2));
    }
    stage.run();
    CHECK(stage.broker.readers() == 1 + options.max_catch_ups);
    stage.broker.at("t", 0).is_dead = false;
    stage.run();
    for (const auto& each : listeners) CHECK(each->all() == values(0, 1));
}

}  // namespace

}  // namespace gateway::fanout
