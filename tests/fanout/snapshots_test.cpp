#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;
using Positions = std::vector<Position>;

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

}  // namespace

}  // namespace gateway::fanout
