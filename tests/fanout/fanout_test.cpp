#include "fanout/fanout.hpp"

#include <doctest/doctest.h>

#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;
using Positions = std::vector<Position>;

TEST_CASE("a subscriber gets what comes after it is live, by the frames of its view") {
    Stage stage;
    stage.broker.create("t", 1);
    stage.broker.append("t", 0);
    const auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    REQUIRE(listener->is_live());
    CHECK(listener->starts() == Positions{{"t", 0, 1}});
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->all() == values(1, 2));
    CHECK(listener->frames() == 1);
}

TEST_CASE("without a view all comes as records") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}});
    stage.run();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->all() == values(0, 1));
    CHECK(listener->frames() == 0);
}

TEST_CASE("subscribers of all shards cost one reader, and equal views one encoding") {
    Stage stage;
    stage.broker.create("t", 1);
    std::vector<std::unique_ptr<Listener>> listeners;
    for (std::size_t i = 0; i < 10; ++i) {
        listeners.push_back(stage.listen({.topics = {"t"}, .view = View{}}, i % 2));
    }
    stage.run();
    CHECK(stage.broker.readers() == 1);
    stage.broker.append("t", 0);
    stage.run();
    for (const auto& each : listeners) {
        CHECK(each->all() == values(0, 1));
        CHECK(each->frames() == 1);
    }
}

TEST_CASE("a frame has as many records as are allowed") {
    auto options = Stage::quick();
    options.max_batch_records = 2;
    Stage stage(options);
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    for (int i = 0; i < 5; ++i) stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->all() == values(0, 5));
    CHECK(listener->frames() == 3);
}

TEST_CASE("who reads slowly goes through the ring, and holds up nobody") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto slow = stage.listen({.topics = {"t"}, .view = View{}});
    const auto quick = stage.listen({.topics = {"t"}, .view = View{}});
    slow->appetite = [](std::size_t) { return std::size_t{0}; };
    stage.run();
    for (int i = 0; i < 10; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    CHECK(quick->all() == values(0, 10));
    CHECK(slow->all().empty());
    slow->appetite = [](std::size_t all) { return all; };
    slow->resume();
    stage.run();
    CHECK(slow->all() == values(0, 10));
    CHECK(slow->frames() == 10);
}

TEST_CASE("a subscriber's position moves on by what its view does not see, wherever it stands") {
    auto options = Stage::quick();
    options.ring_records = 3;
    Stage stage(options);
    stage.broker.create("t", 2);
    for (int i = 0; i < 5; ++i) stage.broker.append("t", 0, "a");
    const auto sharing = stage.listen({.topics = {"t"}, .view = View{.keys = Texts{"b"}}});
    const auto walking = stage.listen({.topics = {"t"}});
    const auto behind = stage.listen({.topics = {"t"}, .start = FromEarliest{}});
    behind->appetite = [](std::size_t all) { return std::min<std::size_t>(all, 2); };
    stage.run();
    CHECK(sharing->position() == Cursor{{"t", 0, 5}, {"t", 1, 0}});
    CHECK(behind->position() == Cursor{{"t", 0, 2}, {"t", 1, 0}});

    walking->appetite = [](std::size_t) { return std::size_t{1}; };
    stage.broker.append("t", 1, "a");
    for (int i = 0; i < 2; ++i) stage.broker.append("t", 0, "a");
    stage.run();
    CHECK(sharing->all().empty());
    CHECK(sharing->position() == Cursor{{"t", 0, 7}, {"t", 1, 1}});
    CHECK(walking->all().size() == 1);
    CHECK(walking->position() == (walking->of("t", 1).empty() ? Cursor{{"t", 0, 6}, {"t", 1, 0}}
                                                              : Cursor{{"t", 0, 5}, {"t", 1, 1}}));

    const auto before = walking->position();
    walking->appetite = [](std::size_t) { return std::size_t{0}; };
    for (int i = 0; i < 10; ++i) {
        stage.broker.append("t", 0, "a");
        stage.run();
    }
    CHECK(walking->position() == before);
    CHECK(sharing->position() == Cursor{{"t", 0, 17}, {"t", 1, 1}});
}

TEST_CASE("topics take turns at a subscriber that reads slowly") {
    Stage stage;
    stage.broker.create("a", 1);
    stage.broker.create("b", 1);
    const auto listener = stage.listen({.topics = {"a", "b"}});
    listener->appetite = [](std::size_t) { return std::size_t{0}; };
    stage.run();
    for (int i = 0; i < 10; ++i) {
        stage.broker.append("a", 0);
        stage.broker.append("b", 0);
    }
    stage.run();
    listener->appetite = [](std::size_t) { return std::size_t{1}; };
    for (int i = 0; i < 4; ++i) {
        listener->resume();
        stage.run();
    }
    CHECK(listener->of("a", 0).size() == 2);
    CHECK(listener->of("b", 0).size() == 2);
}

}  // namespace

}  // namespace gateway::fanout
