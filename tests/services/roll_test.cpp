#include <vector>

#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

Member elsewhere(unsigned id, const std::string& service) {
    return {.worker = WorkerId{id}, .service = service, .process = "b"};
}

TEST_CASE("a roll counts all members of a service and shows the first, this node's before others") {
    Stage stage;
    for (unsigned id = 3; id <= 5; ++id) stage.join(id);
    stage.hub.tell({.process = "b",
                    .service = "sum",
                    .workers = 7,
                    .members = {elsewhere(1, "sum"), elsewhere(2, "sum")}},
                   stage.effects);
    const auto ids = [&](std::size_t most) {
        std::vector<unsigned> ids;
        const auto rolls = stage.hub.rolls("sum", most, stage.now);
        REQUIRE(rolls.size() == 1);
        CHECK(rolls[0].service.workers == 10);
        for (const Member& member : rolls[0].members) {
            ids.push_back(static_cast<unsigned>(member.worker));
        }
        return ids;
    };
    CHECK(ids(9) == std::vector<unsigned>{3, 4, 5, 1, 2});
    CHECK(ids(4) == std::vector<unsigned>{3, 4, 5, 1});
    CHECK(ids(2) == std::vector<unsigned>{3, 4});
    CHECK(ids(0).empty());
}

TEST_CASE("the rolls of all services show so many members in all, by the services' names") {
    Stage stage;
    for (unsigned id = 1; id <= 3; ++id) stage.join(id, 1, "b");
    for (unsigned id = 4; id <= 5; ++id) stage.join(id, 1, "a");
    stage.call(1, {.service = "c"});
    stage.hub.tell({.process = "b", .service = "d", .workers = 1, .members = {elsewhere(9, "d")}},
                   stage.effects);
    const auto rolls = stage.hub.rolls("", 4, stage.now);
    REQUIRE(rolls.size() == 4);
    CHECK(rolls[0].service.name == "a");
    CHECK(rolls[0].members.size() == 2);
    CHECK(rolls[1].service.workers == 3);
    CHECK(rolls[1].members.size() == 2);
    CHECK(rolls[2].service.queued == 1);
    CHECK(rolls[3].service.workers == 1);
    CHECK(rolls[3].members.empty());
}

TEST_CASE("a node's capacity counts all its workers and names the first") {
    Stage stage;
    for (unsigned id = 1; id <= 3; ++id) stage.join(id, 2);
    const Capacity capacity = stage.hub.capacity("sum", 1);
    CHECK(capacity.credit == 6);
    CHECK(capacity.workers == 3);
    CHECK(capacity.members.size() == 1);
}

TEST_CASE("watchers hear who registers and leaves, of one service or of all") {
    Stage stage;
    stage.hub.watch(WatcherId{1}, "sum");
    stage.hub.watch(WatcherId{2}, "");
    stage.join(1);
    stage.join(2, 1, "other");
    stage.poll(3);
    auto told = stage.told<Announced>();
    REQUIRE(told.size() == 3);
    CHECK(told[0].watcher == WatcherId{1});
    CHECK(told[0].member.worker == WorkerId{1});
    CHECK(told[0].has_joined);
    CHECK(told[2].watcher == WatcherId{2});
    CHECK(told[2].member.service == "other");
    CHECK(stage.hub.rolls("", 9, stage.now).size() == 2);
    CHECK(stage.hub.rolls("sum", 9, stage.now).at(0).members.size() == 1);

    stage.hub.unwatch(WatcherId{1}, "sum");
    stage.part(1);
    told = stage.told<Announced>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].watcher == WatcherId{2});
    CHECK_FALSE(told[0].has_joined);
    CHECK(stage.hub.rolls("sum", 9, stage.now).at(0).members.empty());
}

TEST_CASE("a service is described by what waits, and how long") {
    Stage stage;
    stage.call(1, {});
    stage.pass(3s);
    stage.call(2, {});
    stage.join(1);
    const auto view = stage.hub.service("sum", stage.now);
    REQUIRE(view);
    CHECK(view->queued == 1);
    CHECK(view->working == 1);
    CHECK(view->workers == 1);
    CHECK(view->age == 0s);
    stage.pass(2s);
    CHECK(stage.hub.services(stage.now).at(0).age == 2s);
}

}  // namespace
