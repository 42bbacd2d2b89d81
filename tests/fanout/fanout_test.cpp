#include "fanout/fanout.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;
using Positions = std::vector<Position>;

/// The values of "t", partition 0, from one offset up to before another.
Texts values(std::int64_t from, std::int64_t to) {
    Texts all;
    for (; from < to; ++from) all.push_back(fmt::format("t/0/{}", from));
    return all;
}

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
        CHECK(each->frames() > 2);
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
    CHECK(frames < 150);
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
    CHECK(live->losses() == std::vector<Lost>{{"t", 0, 4, 6, 8}});
    CHECK(live->all() == Texts{"t/0/0", "t/0/1", "t/0/2", "t/0/3", "t/0/6", "t/0/7"});
    slow->appetite = [](std::size_t all) { return all; };
    slow->resume();
    stage.run();
    CHECK(slow->losses() == std::vector<Lost>{{"t", 0, 0, 6, 8}});
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
    CHECK(listener->losses() == std::vector<Lost>{{"a", 0, 0, 2, 3}});
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

TEST_CASE("a snapshot is the newest record of each key, and then what follows it") {
    Stage stage;
    stage.broker.create("t", 1);
    for (const char* key : {"a", "b", "a", "c"}) stage.broker.append("t", 0, key);
    stage.broker.append_tombstone("t", 0, "b");
    stage.broker.skip("t", 0);
    const auto listener = stage.listen({.topics = {"t"}, .snapshot = true, .view = View{}});
    stage.settle();
    CHECK(listener->starts() == Positions{{"t", 0, 6}});
    stage.broker.append("t", 0, "a");
    stage.run();
    CHECK(listener->snapshot() == 2);
    CHECK(listener->all() == Texts{"t/0/2", "t/0/3", "t/0/6"});
    CHECK(listener->losses().empty());
}

TEST_CASE("a snapshot that is too large is refused") {
    auto options = Stage::quick();
    options.max_snapshot_bytes = 1000;
    Stage stage(options);
    stage.broker.create("t", 1);
    for (int i = 0; i < 50; ++i) stage.broker.append("t", 0, fmt::format("{}", i));
    const auto listener = stage.listen({.topics = {"t"}, .snapshot = true});
    stage.run();
    REQUIRE(listener->error().has_value());
    CHECK(listener->error()->code == Errc::limit_reached);
}

/// A topic whose snapshot takes about 5 KB, where so much is allowed for all together.
class Crowded {
public:
    explicit Crowded(std::size_t bytes, std::chrono::milliseconds patience = std::chrono::hours(1))
        : stage(options(bytes, patience)) {
        stage.broker.create("t", 1);
        for (int i = 0; i < 20; ++i) stage.broker.append("t", 0, fmt::format("{}", i));
    }

    std::unique_ptr<Listener> listen(bool reads) {
        auto listener = stage.listen({.topics = {"t"}, .snapshot = true});
        if (!reads) listener->appetite = [](std::size_t) { return std::size_t{0}; };
        stage.run();
        return listener;
    }

    Stage stage;

private:
    static fanout::Options options(std::size_t bytes, std::chrono::milliseconds patience) {
        auto options = Stage::quick();
        options.max_held_snapshot_bytes = bytes;
        options.timeout = patience;
        return options;
    }
};

TEST_CASE("snapshots wait while those that clients do not read hold too much") {
    Crowded crowd(6000);
    auto stuck = crowd.listen(false);
    auto second = crowd.listen(true);
    const auto third = crowd.listen(true);
    CHECK(second->is_live());
    CHECK(third->is_live());
    CHECK(second->all().empty());
    CHECK(third->all().empty());

    SUBCASE("until they are read") {
        stuck->appetite = [](std::size_t all) { return all; };
        stuck->resume();
        crowd.stage.run();
        CHECK(stuck->snapshot() == 20);
        CHECK(second->all() == values(0, 20));
    }
    SUBCASE("until they are gone") {
        stuck.reset();
        crowd.stage.run();
        CHECK(second->all() == values(0, 20));
    }
    SUBCASE("and one that gives up leaves its place to the next") {
        second.reset();
        stuck.reset();
        crowd.stage.run();
    }
    CHECK(third->snapshot() == 20);
    CHECK(third->all() == values(0, 20));
}

TEST_CASE("a snapshot larger than all may hold together is gathered, one at a time") {
    Crowded crowd(500);
    const auto first = crowd.listen(false);
    const auto second = crowd.listen(true);
    CHECK(second->all().empty());
    first->appetite = [](std::size_t all) { return all; };
    first->resume();
    crowd.stage.run();
    CHECK(first->all() == values(0, 20));
    CHECK(second->all() == values(0, 20));
}

TEST_CASE("a snapshot that waits too long for clients that do not read fails") {
    Crowded crowd(6000, std::chrono::milliseconds(5));
    const auto stuck = crowd.listen(false);
    const auto second = crowd.listen(true);
    const auto third = crowd.listen(true);
    REQUIRE(crowd.stage.run_until([&] { return second->error() && third->error(); }));
    CHECK(second->error()->code == Errc::limit_reached);
    CHECK(second->error()->message.find("fanout.max_held_snapshot_bytes") != std::string::npos);
    CHECK(third->error()->code == Errc::limit_reached);
    CHECK_FALSE(stuck->error().has_value());
}

TEST_CASE("the snapshot of an empty topic ends at once") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}, .snapshot = true});
    stage.run();
    CHECK(listener->snapshot() == 0);
}

TEST_CASE("what follows a snapshot waits for the snapshots of all topics") {
    Stage stage;
    for (const char* topic : {"a", "b"}) {
        stage.broker.create(topic, 1);
        stage.broker.append(topic, 0, "k");
    }
    stage.broker.at("b", 0).is_dead = true;
    const auto listener = stage.listen({.topics = {"a", "b"}, .snapshot = true});
    stage.run();
    stage.broker.append("a", 0, "k");
    stage.run();
    CHECK(listener->all() == Texts{"a/0/0"});
    stage.broker.at("b", 0).is_dead = false;
    stage.run();
    CHECK(listener->snapshot() == 2);
    CHECK(listener->all() == Texts{"a/0/0", "b/0/0", "a/0/1"});
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
