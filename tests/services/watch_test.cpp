#include <string>

#include <doctest/doctest.h>

#include "services/room.hpp"

using namespace gateway;
using namespace gateway::services;
using gateway::testing::Client;
using gateway::testing::has;

namespace {

std::string joining(std::string_view service) {
    return R"({"id":1,"t":"service","a":"register","p":{"service":")" + std::string(service) +
           R"(","commands":["go"],"about":{"v":1},"credit":2}})";
}

TEST_CASE("who watches is told who is there, who joins, and who leaves") {
    Room room;
    Client watcher(room.stage);
    Client first(room.stage);
    const std::string one = after(first.ask(joining("clock")), R"("worker":)");
    CHECK(has(watcher.ask(R"({"id":1,"t":"service","a":"watch","p":{"service":"clock"}})"),
              R"("s":0,"p":[{"service":"clock","count":1,"workers":[{"worker":")" + one +
                  R"(","commands":["go"],"credit":2,"about":{"v":1}}]}]})"));
    {
        Client second(room.stage);
        second.ask(joining("other"));
        const std::string two = after(second.ask(joining("clock")), R"("worker":)");
        CHECK(has(watcher.next(), R"("t":"service","a":"join","p":{"service":"clock","worker":")" +
                                      two + R"(","commands":["go"],"credit":2,"about":{"v":1}}})"));
    }
    CHECK(
        has(watcher.next(), R"("t":"service","a":"leave","p":{"service":"clock","worker":"n.p.)"));
    CHECK(has(watcher.ask(R"({"id":2,"t":"service","a":"unwatch","p":{"service":"clock"}})"),
              R"("s":0)"));
    first.close();
    room.run();
    CHECK(watcher.unwritten().empty());
}

TEST_CASE("all services are watched at once, and a watch that is asked for again begins anew") {
    Room room({.desks = {.max_watches = 2}});
    Client watcher(room.stage);
    CHECK(has(watcher.ask(R"({"id":1,"t":"service","a":"watch"})"), R"("s":0,"p":[]})"));
    Client worker(room.stage);
    worker.ask(joining("clock"));
    CHECK(has(watcher.next(), R"("a":"join")"));
    CHECK(has(watcher.ask(R"({"id":1,"t":"service","a":"watch"})"), R"("count":1)"));
    worker.close();
    CHECK(has(watcher.next(), R"("a":"leave")"));
    room.run();
    CHECK(watcher.unwritten().empty());
    watcher.ask(R"({"id":1,"t":"service","a":"watch","p":{"service":"a"}})");
    CHECK(has(watcher.ask(R"({"id":1,"t":"service","a":"watch","p":{"service":"b"}})"),
              "limit_reached"));
}

TEST_CASE("the list says how services are, and bounds who is in it") {
    Room room({.desks = {.max_listed = 1}});
    Client client(room.stage);
    CHECK(has(client.ask(R"({"id":1,"t":"service","a":"list"})"), R"("s":0,"p":[]})"));
    Client worker(room.stage);
    Client other(room.stage);
    worker.ask(joining("b"));
    other.ask(joining("b"));
    worker.ask(joining("c"));
    client.send(R"({"id":2,"t":"command","a":"send","p":{"service":"a"}})");
    client.send(R"({"id":3,"t":"command","a":"send","p":{"service":"c"}})");
    worker.next();
    const std::string all = client.ask(R"({"id":4,"t":"service","a":"list"})");
    CHECK(has(all, R"({"service":"a","count":0,"workers":[],"polls":0,"queued":1,"working":0},)"
                   R"({"service":"b","count":2,"workers":[{)"));
    CHECK(has(all, R"({"service":"c","count":1,"workers":[],"polls":0,"queued":0,"working":1}]})"));
    const std::string watched = client.ask(R"({"id":7,"t":"service","a":"watch"})");
    CHECK(has(watched, R"("p":[{"service":"b","count":2,"workers":[{"worker":)"));
    CHECK(has(watched, R"({"service":"c","count":1,"workers":[]}]})"));
    const std::string one = client.ask(R"({"id":5,"t":"service","a":"list","p":{"service":"c"}})");
    CHECK(has(one, R"("p":[{"service":"c","count":1,"workers":[{"worker":)"));
    CHECK(
        has(client.ask(R"({"id":6,"t":"service","a":"list","p":{"service":"x"}})"), R"("p":[]})"));
}

TEST_CASE("a watcher that reads too slowly is told how many changes it missed") {
    SessionOptions session = testing::Stage::at_once();
    session.max_buffered_bytes = 100;
    session.pushes.max_waiting = 2;
    Room room({}, session);
    Client watcher(room.stage);
    watcher.ask(R"({"id":1,"t":"service","a":"watch"})");
    Client worker(room.stage);
    for (int i = 0; i < 5; ++i) {
        worker.ask(joining("clock"));
        worker.ask(R"({"id":2,"t":"service","a":"unregister"})");
    }
    room.run();
    std::size_t changes = 0;
    std::string frame = watcher.next();
    for (; !has(frame, R"("a":"gap")"); frame = watcher.next()) ++changes;
    CHECK(changes >= 3);
    CHECK(has(frame,
              R"("t":"service","a":"gap","p":{"count":)" + std::to_string(10 - changes) + "}"));
}

}  // namespace
