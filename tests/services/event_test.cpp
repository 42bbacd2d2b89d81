#include <string>

#include <doctest/doctest.h>

#include "services/room.hpp"

using namespace gateway;
using namespace gateway::services;
using gateway::testing::Client;
using gateway::testing::has;

namespace {

std::string on(std::string_view p) {
    return R"({"id":1,"t":"event","a":"on","p":)" + std::string(p) + "}";
}

std::string emit(std::string_view p) {
    return R"({"t":"event","a":"emit","p":)" + std::string(p) + "}";
}

TEST_CASE("an event reaches all who listen, its emitter too") {
    Room room;
    Client one(room.stage);
    Client two(room.stage);
    CHECK(one.ask(on(R"({"name":"tick"})")) == R"({"id":0,"refid":1,"t":"event","a":"on","s":0})");
    two.ask(on(R"({"name":"*"})"));
    one.send(emit(R"({"name":"tick","data":{ "n":1}})"));
    const std::string frame = R"([{"id":0,"t":"event","p":{"name":"tick","data":{ "n":1}}}])";
    CHECK(one.next() == frame);
    CHECK(two.next() == frame);
    CHECK(one.ask(R"({"id":2,"t":"event","a":"emit","p":{"name":"tock"}})") ==
          R"({"id":1,"refid":2,"t":"event","a":"emit","s":0})");
    CHECK(has(two.next(), R"("p":{"name":"tock","data":null})"));
}

TEST_CASE("an event is its service's where its emitter has registered it") {
    Room room;
    Client agent(room.stage);
    Client client(room.stage);
    client.ask(on(R"({"service":"clock"})"));
    CHECK(has(agent.ask(emit(R"({"name":"tick","service":"clock"})")), "not_registered"));
    agent.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"clock"}})");
    agent.send(emit(R"({"name":"tick"})"));
    agent.send(emit(R"({"name":"tick","service":"clock"})"));
    CHECK(has(client.next(), R"("p":{"name":"tick","service":"clock","data":null})"));
    CHECK(client.unwritten().empty());
}

TEST_CASE("who listens no more hears no more") {
    Room room;
    Client client(room.stage);
    CHECK(has(client.ask(R"({"id":1,"t":"event","a":"off","p":{"name":"a"}})"), "not_subscribed"));
    CHECK(has(client.ask(R"({"id":1,"t":"event","a":"off"})"), R"("s":0)"));
    client.ask(on(R"({"name":"a"})"));
    client.ask(on(R"({"name":"b"})"));
    CHECK(has(client.ask(R"({"id":1,"t":"event","a":"off","p":{"name":"a"}})"), R"("s":0)"));
    client.send(emit(R"({"name":"a"})"));
    client.send(emit(R"({"name":"b"})"));
    CHECK(has(client.next(), R"("name":"b")"));
    client.ask(R"({"id":1,"t":"event","a":"off"})");
    client.send(emit(R"({"name":"b"})"));
    room.run();
    CHECK(client.unwritten().empty());
}

TEST_CASE("events that are none are refused") {
    Room room;
    Client client(room.stage);
    CHECK(has(client.ask(emit(R"({"name":"a.*"})")), "invalid_event"));
    CHECK(has(client.ask(emit(R"({"name":""})")), "invalid_event"));
    CHECK(has(client.ask(on(R"({"name":""})")), "invalid_event"));
    CHECK(has(client.ask(on(R"({"service":""})")), "invalid_service"));
    CHECK(has(client.ask(on(R"({"name":"a*"})")), "invalid_event"));
}

TEST_CASE("a slow listener is told how many events it missed, and holds up nobody") {
    SessionOptions session = testing::Stage::at_once();
    session.max_buffered_bytes = 100;
    session.pushes.max_waiting = 3;
    Room room({}, session);
    Client slow(room.stage);
    Client quick(room.stage);
    Client emitter(room.stage);
    slow.ask(on(R"({"name":"n"})"));
    quick.ask(on(R"({"name":"n"})"));
    for (int i = 0; i < 20; ++i) {
        emitter.send(emit(R"({"name":"n","data":)" + std::to_string(i) + "}"));
        CHECK(has(quick.next(), R"("data":)" + std::to_string(i) + "}"));
    }
    int next = 0;
    std::string frame = slow.next();
    for (; has(frame, R"("data":)" + std::to_string(next) + "}"); frame = slow.next()) ++next;
    CHECK(next >= 3);
    CHECK(has(frame, R"("t":"event","a":"gap","p":{"count":)" + std::to_string(20 - next) + "}"));
    emitter.send(emit(R"({"name":"n","data":20})"));
    CHECK(has(slow.next(), R"("data":20})"));
}

TEST_CASE("without services their requests are not supported") {
    testing::Stage stage;
    for (const char* request :
         {R"({"t":"service","a":"list"})", R"({"t":"service","a":"watch"})",
          R"({"t":"service","a":"unwatch"})", R"({"t":"service","a":"unregister"})",
          R"({"t":"service","a":"register","p":{"service":"a"}})",
          R"({"t":"command","a":"send","p":{"service":"a"}})",
          R"({"t":"command","a":"cancel","p":{"id":1}})",
          R"({"t":"command","a":"reply","refid":"x"})",
          R"({"t":"command","a":"progress","refid":"x"})",
          R"({"t":"event","a":"emit","p":{"name":"a"}})",
          R"({"t":"event","a":"on","p":{"name":"a"}})", R"({"t":"event","a":"off"})"}) {
        CAPTURE(request);
        CHECK(has(stage.ask(request), R"("code":"not_supported")"));
    }
}

}  // namespace
