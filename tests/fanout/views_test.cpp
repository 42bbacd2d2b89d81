#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;

using Listeners = std::vector<std::unique_ptr<Listener>>;

/// So many, each with a view of its own.
Listeners listeners_of(Stage& stage, int views) {
    Listeners listeners;
    for (int i = 0; i < views; ++i) {
        listeners.push_back(
            stage.listen({.topics = {"t"}, .view = View{.sub = fmt::format("{}", i)}}));
    }
    stage.run();
    return listeners;
}

TEST_CASE("a batch ends when its frames take too much, however small its records are") {
    auto options = Stage::quick();
    options.max_batch_bytes = 10000;
    options.ring_bytes = 10000;
    Stage stage(options);
    stage.broker.create("t", 1);
    const auto listeners = listeners_of(stage, 50);
    for (int i = 0; i < 40; ++i) stage.broker.append("t", 0);
    stage.run();
    for (const auto& each : listeners) {
        CHECK(each->all() == values(0, 40));
        CHECK(each->frames() > 4);
    }
}

TEST_CASE("a record that is too much for all views together is encoded for some of them") {
    auto options = Stage::quick();
    options.max_batch_bytes = 1000;
    options.ring_bytes = 1000;
    Stage stage(options);
    stage.broker.create("t", 1);
    const auto listeners = listeners_of(stage, 100);
    for (int i = 0; i < 3; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    std::size_t frames = 0;
    for (const auto& each : listeners) {
        CHECK(each->all() == values(0, 3));
        frames += each->frames();
    }
    CHECK(frames > 15);
    CHECK(frames < 200);
}

TEST_CASE("beyond the views that are allowed each subscriber encodes for itself, until one goes") {
    auto options = Stage::quick();
    options.max_views = 2;
    Stage stage(options);
    stage.broker.create("t", 1);
    auto listeners = listeners_of(stage, 3);
    const auto keyed = stage.listen({.topics = {"t"}, .view = View{.keys = Texts{"a"}}});
    stage.run();
    stage.broker.append("t", 0, "a");
    stage.run();
    CHECK(keyed->frames() == 1);
    for (const auto& each : listeners) CHECK(each->all() == values(0, 1));
    const auto has_none = [](const auto& each) { return each->frames() == 0; };
    CHECK(std::ranges::count_if(listeners, has_none) == 1);
    listeners.erase(std::ranges::find_if_not(listeners, has_none));
    for (int i = 1; i < 100; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    for (const auto& each : listeners) {
        CHECK(each->frames() > 10);
        CHECK(each->all() == values(0, 100));
    }
}

TEST_CASE("nothing is encoded for long for those who do not take it") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto paused = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    paused->appetite = [](std::size_t) { return std::size_t{0}; };
    for (int i = 0; i < 100; ++i) {
        stage.broker.append("t", 0);
        stage.run();
    }
    CHECK(stage.encoded() < 30);
    paused->appetite = [](std::size_t all) { return all; };
    paused->resume();
    stage.run();
    CHECK(paused->all() == values(0, 100));
    const auto frames = paused->frames();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(paused->all() == values(0, 101));
    CHECK(paused->frames() == frames + 1);
}

TEST_CASE("who encodes for itself is shown the records of its keys alone") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto listener =
        stage.listen({.topics = {"t"}, .view = View{.keys = Texts{"a", "b"}, .as_records = true}});
    stage.run();
    std::size_t room = 3;
    std::size_t offered = 0;
    listener->appetite = [&](std::size_t all) {
        offered += all;
        const std::size_t taken = std::min(all, room);
        room -= taken;
        return taken;
    };
    for (int i = 0; i < 50; ++i) {
        stage.broker.append("t", 0, i % 10 == 0 ? "a" : "c");
        if (i % 7 == 0) stage.run();
    }
    stage.run();
    CHECK(listener->all() == Texts{"t/0/0", "t/0/10", "t/0/20"});
    CHECK(offered < 10);
    CHECK(listener->frames() == 0);
    room = 100;
    listener->resume();
    stage.run();
    CHECK(listener->all() == Texts{"t/0/0", "t/0/10", "t/0/20", "t/0/30", "t/0/40"});
    CHECK(listener->position() == Cursor{{"t", 0, 50}});
}

TEST_CASE("views with keys see the records of their keys alone") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto a = stage.listen({.topics = {"t"}, .view = View{.keys = Texts{"a"}}});
    const auto ab = stage.listen({.topics = {"t"}, .view = View{.keys = Texts{"a", "b"}}});
    stage.run();
    for (const char* key : {"a", "b", "c", "a"}) stage.broker.append("t", 0, key);
    stage.broker.append("t", 0);
    stage.run();
    CHECK(a->all() == Texts{"t/0/0", "t/0/3"});
    CHECK(ab->all() == Texts{"t/0/0", "t/0/1", "t/0/3"});
    CHECK(a->frames() == 1);
}

TEST_CASE("a view may change while records wait") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}, .view = View{.keys = Texts{"a"}}});
    stage.run();
    stage.broker.append("t", 0, "a");
    stage.run();
    listener->change(View{.keys = Texts{"b"}});
    stage.broker.append("t", 0, "a");
    stage.broker.append("t", 0, "b");
    stage.run();
    stage.broker.append("t", 0, "b");
    stage.run();
    CHECK(listener->all() == Texts{"t/0/0", "t/0/2", "t/0/3"});
    CHECK(listener->frames() == 3);
}

TEST_CASE("a subscriber may go over to records, and back to the frames of a view") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->frames() == 1);
    listener->change(std::nullopt);
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->frames() == 1);
    listener->change(View{});
    stage.run();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->frames() == 2);
    CHECK(listener->all() == values(0, 3));
}

}  // namespace

}  // namespace gateway::fanout
