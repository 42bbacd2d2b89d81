#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "services/room.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;
using gateway::testing::Client;
using gateway::testing::has;

namespace {

constexpr const char* join_clock =
    R"({"id":1,"t":"service","a":"register","p":{"service":"clock"}})";
constexpr const char* fetch =
    R"({"id":"f","t":"command","a":"send","p":{"service":"clock","command":"fetch","data":[ 1]}})";

TEST_CASE("a command goes to a worker, and its reply to who sent it") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    CHECK(has(worker.ask(join_clock), R"("s":0,"p":{"worker":"n.p.)"));
    caller.send(fetch);
    const std::string request = worker.next();
    CHECK(has(request, R"(,"t":"command","a":"request","p":{"service":"clock","command":"fetch",)"
                       R"("data":[ 1],"attempt":1,"timeout":30000}})"));
    worker.send(reply_to(request, R"({"now":5})"));
    CHECK(caller.next() == R"({"id":0,"refid":"f","t":"command","a":"send","s":0,"p":{"now":5}})");
    CHECK(worker.unwritten().empty());
}

TEST_CASE("health counts what waits, who works and what became of it") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    caller.send(fetch);
    const std::string request = worker.next();
    caller.send(fetch);  // Waits: the worker's credit is 1.
    room.pass(20ms);
    CHECK(has(worker.ask(R"({"id":5,"t":"health"})"), R"("services":{"queued":1,"queuedBytes":)"));
    worker.send(reply_to(request, "1"));
    caller.next();
    worker.next();
    const std::string health = worker.ask(R"({"id":6,"t":"health"})");
    CHECK(has(health, R"("services":{"queued":0,"queuedBytes":0,"age":0,"working":1,"workers":1,)"
                      R"("polls":0,"calls":2,"repeats":0,"refused":0,"answered":1,"failed":0,)"));
}

TEST_CASE("a reply with an id is answered, and one that is refused is so in any case") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    caller.send(fetch);
    const std::string request = worker.next();
    const std::string reply = R"("refid":")" + job_of(request) + R"(","t":"command","a":"reply"})";
    CHECK(worker.ask(R"({"id":7,)" + reply) ==
          R"({"id":1,"refid":7,"t":"command","a":"reply","s":0})");
    CHECK(has(caller.next(), R"("s":0,"p":null)"));
    CHECK(has(worker.ask("{" + reply),
              R"("refid":null,"t":"command","a":"reply","s":1,"p":{"code":"job_answered")"));
    CHECK(has(worker.ask(R"({"refid":"x","t":"command","a":"reply"})"), "job_not_found"));
    CHECK(has(
        worker.ask(R"({"refid":"67e55044-10b1-426f-9247-bb680e5fe0c8","t":"command","a":"reply"})"),
        "job_not_found"));
}

TEST_CASE("a worker that says that it failed is heard") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    caller.send(fetch);
    worker.send(R"({"refid":")" + job_of(worker.next()) +
                R"(","t":"command","a":"reply","s":1,"p":{"why":"late"}})");
    const std::string reply = caller.next();
    CHECK(has(reply, R"("a":"send","s":1,"p":{"code":"command_failed","message":")"));
    CHECK(has(reply, R"(,"data":{"why":"late"}}})"));
}

TEST_CASE("progress comes before the reply to those who asked for it") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"clock","credit":2}})");
    caller.send(R"({"id":1,"t":"command","a":"send","p":{"service":"clock","progress":true}})");
    const std::string asked = worker.next();
    caller.send(R"({"id":2,"t":"command","a":"send","p":{"service":"clock"}})");
    const std::string silent = worker.next();
    for (const std::string& request : {asked, silent}) {
        worker.send(R"({"refid":")" + job_of(request) +
                    R"(","t":"command","a":"progress","p":50})");
        worker.send(reply_to(request, "100"));
    }
    CHECK(caller.next() == R"({"id":0,"refid":1,"t":"command","a":"progress","p":50})");
    CHECK(has(caller.next(), R"("refid":1,"t":"command","a":"send","s":0,"p":100})"));
    CHECK(has(caller.next(), R"("refid":2,"t":"command","a":"send","s":0,"p":100})"));
    worker.send(R"({"id":9,"refid":")" + job_of(asked) +
                R"(","t":"command","a":"progress","p":1})");
    CHECK(has(worker.next(),
              R"("refid":9,"t":"command","a":"progress","s":1,"p":{"code":"job_answered")"));
}

TEST_CASE("a worker has as many commands as its credit, and the next when it replies") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"clock","credit":2}})");
    for (int i = 0; i < 3; ++i) caller.send(fetch);
    const std::string first = worker.next();
    worker.next();
    room.run();
    CHECK(worker.unwritten().empty());
    worker.send(reply_to(first, "1"));
    worker.next();
}

TEST_CASE("what a worker leaves behind goes to another") {
    Room room;
    Client caller(room.stage);
    Client other(room.stage);
    {
        Client worker(room.stage);
        worker.ask(join_clock);
        caller.send(fetch);
        worker.next();
        other.ask(join_clock);
    }
    const std::string again = other.next();
    CHECK(has(again, R"("attempt":2)"));
    other.send(reply_to(again, "2"));
    CHECK(has(caller.next(), R"("s":0,"p":2)"));
}

TEST_CASE("a worker that unregisters is given nothing more, and hears so where it was none") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    CHECK(has(worker.ask(join_clock), "already_registered"));
    CHECK(worker.ask(R"({"id":2,"t":"service","a":"unregister","p":{"service":"clock"}})") ==
          R"({"id":2,"refid":2,"t":"service","a":"unregister","s":0})");
    CHECK(has(worker.ask(R"({"id":3,"t":"service","a":"unregister","p":{"service":"clock"}})"),
              "not_registered"));
    CHECK(has(worker.ask(R"({"id":4,"t":"service","a":"unregister"})"), R"("s":0)"));
    caller.send(fetch);
    room.run();
    CHECK(worker.unwritten().empty());
    CHECK(has(worker.ask(join_clock), R"("s":0)"));
    CHECK(has(worker.next(), R"("a":"request")"));
}

TEST_CASE("a registration that is taken back before it is made is superseded") {
    Room room;
    Client worker(room.stage);
    worker.send(std::string("[") + join_clock + R"(,{"id":2,"t":"service","a":"unregister"}])");
    CHECK(has(worker.next(), R"("refid":2,"t":"service","a":"unregister","s":0)"));
    CHECK(has(worker.next(),
              R"("refid":1,"t":"service","a":"register","s":1,"p":{"code":"superseded")"));
}

TEST_CASE("a command that is cancelled is answered at once, and its worker told") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    caller.send(fetch);
    const std::string job = job_of(worker.next());
    const std::string replies = caller.ask(R"({"id":2,"t":"command","a":"cancel","p":{"id":"f"}})");
    CHECK(
        has(replies, R"("refid":"f","t":"command","a":"send","s":1,"p":{"code":"job_cancelled")"));
    const std::string last = has(replies, R"("a":"cancel","s":0)") ? replies : caller.next();
    CHECK(has(last, R"("refid":2,"t":"command","a":"cancel","s":0)"));
    CHECK(has(worker.next(),
              R"("t":"command","a":"cancel","p":{"id":")" + job + R"(","code":"job_cancelled"}})"));
    worker.send(R"({"refid":")" + job + R"(","t":"command","a":"reply"})");
    CHECK(has(worker.next(), R"("s":1,"p":{"code":"job_cancelled")"));
    CHECK(
        has(caller.ask(R"({"id":3,"t":"command","a":"cancel","p":{"id":"f"}})"), "job_not_found"));
}

TEST_CASE("a caller that goes cancels what it waits for") {
    Room room;
    Client worker(room.stage);
    worker.ask(join_clock);
    {
        Client caller(room.stage);
        caller.send(fetch);
        worker.next();
    }
    CHECK(has(worker.next(), R"("a":"cancel")"));
}

TEST_CASE("a command that nobody takes in time is told so, and one that is late, too") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    caller.send(R"({"id":1,"t":"command","a":"send","p":{"service":"clock","timeout":50}})");
    room.run();
    room.pass(50ms);
    CHECK(has(caller.next(),
              R"("refid":1,"t":"command","a":"send","s":1,"p":{"code":"service_unavailable")"));
    worker.ask(join_clock);
    caller.send(R"({"id":2,"t":"command","a":"send","p":{"service":"clock","timeout":50}})");
    const std::string request = worker.next();
    CHECK(has(request, R"("timeout":50}})"));
    room.pass(50ms);
    CHECK(has(caller.next(),
              R"("refid":2,"t":"command","a":"send","s":1,"p":{"code":"job_expired")"));
    CHECK(has(worker.next(), R"("a":"cancel")"));
    CHECK(has(worker.ask(reply_to(request, "1")), R"("s":1,"p":{"code":"job_expired")"));
}

TEST_CASE("a command that its workers keep to themselves is given up") {
    Room room({.lease = 10ms, .attempts = 2});
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    caller.send(fetch);
    CHECK(has(worker.next(), R"("attempt":1)"));
    room.pass(10ms);
    CHECK(has(worker.next(), R"("a":"cancel")"));
    CHECK(has(worker.next(), R"("attempt":2)"));
    room.pass(10ms);
    CHECK(has(caller.next(), "job_abandoned"));
}

TEST_CASE("commands with one key are one job") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(join_clock);
    const char* keyed =
        R"({"id":1,"t":"command","a":"send","p":{"service":"clock","data":1,"key":"k"}})";
    caller.send(keyed);
    worker.send(reply_to(worker.next(), "5"));
    CHECK(has(caller.next(), R"("p":5)"));
    CHECK(has(caller.ask(keyed), R"("p":5)"));
    CHECK(
        has(caller.ask(
                R"({"id":1,"t":"command","a":"send","p":{"service":"clock","data":2,"key":"k"}})"),
            "key_reused"));
    CHECK(worker.unwritten().empty());
}

TEST_CASE("what is refused is refused in words of its own") {
    Room room(
        {.max_queued = 1, .desks = {.max_registered = 1, .max_credit = 5, .max_about_bytes = 20}});
    Client client(room.stage);
    const auto refused = [&](std::string_view a, std::string_view p) {
        const bool is_command = a == "send";
        return after(
            client.ask(std::string(R"({"id":1,"t":")") + (is_command ? "command" : "service") +
                       R"(","a":")" + std::string(a) + R"(","p":)" + std::string(p) + "}"),
            R"("code":)");
    };
    CHECK(refused("register", R"({"service":"no good"})") == "invalid_service");
    CHECK(refused("register", R"({"service":""})") == "invalid_service");
    CHECK(refused("register", R"({"service":"a","credit":6})") == "invalid_payload");
    CHECK(refused("register", R"({"service":"a","commands":["aaaaaaaa","bbbbbbbb"]})") ==
          "limit_reached");
    CHECK(refused("register", R"({"service":"a","about":"aaaaaaaaaaaaaaaaaaa"})") ==
          "limit_reached");
    CHECK(refused("send", R"({"service":"no good"})") == "invalid_service");
    CHECK(refused("watch", R"({"service":"no good"})") == "invalid_service");
    CHECK(refused("unwatch", R"({"service":"a"})") == "not_subscribed");
    client.send(R"({"id":1,"t":"command","a":"send","p":{"service":"a"}})");
    CHECK(refused("send", R"({"service":"a"})") == "queue_full");
    client.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"b"}})");
    CHECK(refused("register", R"({"service":"c"})") == "limit_reached");
}

TEST_CASE("too many commands in flight are refused, and all replies of one worker are taken") {
    SessionOptions session = testing::Stage::at_once();
    session.requests.max_in_flight = 2;
    Room room({}, session);
    Client worker(room.stage);
    Client caller(room.stage);
    Client other(room.stage);
    worker.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"clock","credit":4}})");
    caller.send(fetch);
    caller.send(fetch);
    CHECK(has(caller.ask(fetch), "too_many_requests"));
    other.send(fetch);
    other.send(fetch);
    std::string replies = "[";
    for (int i = 0; i < 4; ++i) {
        if (i > 0) replies += ',';
        replies += reply_to(worker.next(), "1");
    }
    worker.send(replies + "]");
    for (Client* const client : {&caller, &other}) {
        for (int i = 0; i < 2; ++i) CHECK(has(client->next(), R"("s":0)"));
    }
    CHECK(worker.unwritten().empty());
}

TEST_CASE("a worker that does not read its commands is given up") {
    SessionOptions session = testing::Stage::at_once();
    session.max_buffered_bytes = 100;
    session.pushes.max_unread_command_bytes = 1000;
    Room room({}, session);
    Client worker(room.stage);
    Client caller(room.stage);
    worker.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"clock","credit":100}})");
    for (int i = 0; i < 20; ++i) {
        caller.send(fetch);
        room.run();
    }
    CHECK(worker.connection().closed == CloseCode::slow_consumer);
}

TEST_CASE("a session that drains finishes the commands that it waits for and works on") {
    Room room;
    Client worker(room.stage);
    Client caller(room.stage);
    Client idle(room.stage);
    worker.ask(join_clock);
    idle.ask(R"({"id":1,"t":"service","a":"register","p":{"service":"other"}})");
    caller.send(fetch);
    const std::string request = worker.next();
    bool is_drained = false;
    room.stage.shard.sessions.drain([&] { is_drained = true; });
    room.run();
    CHECK_FALSE(idle.connection().closed);
    room.desks.release_workers();
    room.stage.shard.sessions.settle();
    room.run();
    CHECK(idle.connection().closed == CloseCode::going_away);
    CHECK_FALSE(worker.connection().closed);
    CHECK_FALSE(caller.connection().closed);
    CHECK(has(caller.ask(fetch), R"("code":"draining")"));
    worker.send(reply_to(request, "3"));
    CHECK(has(caller.next(), R"("s":0,"p":3)"));
    room.run();
    CHECK(worker.connection().closed == CloseCode::going_away);
    CHECK(caller.connection().closed == CloseCode::going_away);
    for (Client* const client : {&worker, &caller, &idle}) client->close();
    room.stage.close();
    room.run();
    CHECK(is_drained);
}

}  // namespace
