#include "fanout/fanout.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

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

TEST_CASE("a topic that does not exist fails, and one that is deleted does later") {
    Stage stage;
    const auto missing = stage.listen({.topics = {"t"}});
    stage.run();
    REQUIRE(missing->error().has_value());
    CHECK(missing->error()->code == Errc::topic_not_found);
    CHECK_FALSE(missing->is_live());

    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}});
    stage.run();
    CHECK_FALSE(listener->error().has_value());
    stage.broker.remove("t");
    stage.run();
    REQUIRE(listener->error().has_value());
    CHECK(listener->error()->code == Errc::topic_not_found);
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

TEST_CASE("a topic that was deleted and is there again is read anew") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto former = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.remove("t");
    stage.run();
    REQUIRE(former->error().has_value());
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->all() == values(0, 1));
}

TEST_CASE("a reader that is refused is asked for again") {
    auto options = Stage::quick();
    options.reader_pause = std::chrono::milliseconds(1);
    Stage stage(options);
    stage.broker.create("t", 1);
    stage.broker.append("t", 0);
    stage.broker.max_readers = 0;
    const auto early = stage.listen({.topics = {"t"}, .start = FromEarliest{}, .view = View{}});
    auto gone = stage.listen({.topics = {"t"}}, 1);
    stage.run();
    gone.reset();
    stage.run();
    const auto late = stage.listen({.topics = {"t"}, .view = View{}}, 1);
    stage.run();
    CHECK_FALSE(early->is_live());
    stage.broker.max_readers = 1;
    REQUIRE(stage.run_until([&] { return early->is_live() && late->is_live(); }));
    stage.broker.append("t", 0);
    REQUIRE(stage.run_until([&] { return !late->all().empty(); }));
    CHECK(late->all() == values(1, 2));
    CHECK(late->frames() == 1);
    CHECK(early->all().empty());
    stage.broker.max_readers = 2;
    REQUIRE(stage.run_until([&] { return early->all().size() == 2; }));
    CHECK(early->all() == values(0, 2));
}

TEST_CASE("a reader that is refused for too long fails those who wait for it") {
    auto options = Stage::quick();
    options.reader_pause = std::chrono::milliseconds(1);
    options.timeout = std::chrono::milliseconds(20);
    Stage stage(options);
    stage.broker.create("t", 1);
    stage.broker.max_readers = 0;
    const auto refused = stage.listen({.topics = {"t"}});
    REQUIRE(stage.run_until([&] { return refused->error().has_value(); }));
    CHECK(refused->error()->code == Errc::limit_reached);
    CHECK_FALSE(refused->is_live());
    stage.broker.max_readers = 1;
    const auto next = stage.listen({.topics = {"t"}});
    CHECK(stage.run_until([&] { return next->is_live(); }));
}

TEST_CASE("those who leave after the hub has stopped say nothing to it") {
    Stage stage;
    stage.broker.create("t", 1);
    auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.stop_hub();
    stage.settle();
    REQUIRE(stage.is_idle());
    listener.reset();
    CHECK(stage.is_idle());
}

TEST_CASE("the reader closes when nobody follows, after a while") {
    Stage stage;
    stage.broker.create("t", 1);
    auto listener = stage.listen({.topics = {"t"}});
    stage.run();
    CHECK(stage.broker.readers() == 1);
    listener.reset();
    stage.run();
    CHECK(stage.broker.readers() == 0);
}

}  // namespace

}  // namespace gateway::fanout
