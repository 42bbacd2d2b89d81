#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engineio/session.hpp"
#include "engineio/stage.hpp"

using namespace gateway;
using namespace gateway::engineio;
using namespace std::chrono_literals;
using Alarm = Session::Alarm;
using Strings = std::vector<std::string>;

namespace {

TEST_CASE("a WebSocket takes over after a probe") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    const auto waiting = stage.poll();
    const auto socket = stage.attach();
    CHECK(stage.alarms[Alarm::upgrade] == 10s);

    socket->receive("2probe");
    CHECK(socket->connection.frames == Strings{"3probe"});
    CHECK(waiting->exchange.body() == "6");
    waiting->end();
    CHECK(stage.fetch() == "6");

    stage.session->send_text("one");
    CHECK(socket->connection.frames.size() == 1);
    socket->receive("5");
    CHECK(socket->connection.frames == Strings{"3probe", "4one"});
    socket->receive("4hello");
    CHECK(stage.speaker->received == Strings{"hello"});
    socket->events->written(2);
    CHECK(stage.speaker->frames_written == 1);

    stage.ring(Alarm::upgrade);
    CHECK_FALSE(socket->connection.closed);
}

TEST_CASE("after the upgrade, requests and other WebSockets are refused, and change nothing") {
    Stage stage;
    const auto socket = stage.attach();
    socket->receive("2probe");
    const auto third = stage.attach();
    CHECK(third->connection.closed == CloseCode::policy_violation);
    socket->receive("5");

    CHECK(stage.poll()->exchange.status() == 400);
    CHECK(stage.post("4no")->exchange.status() == 400);
    const auto second = stage.attach();
    CHECK(second->connection.closed == CloseCode::policy_violation);
    second->receive("4no");
    second->events->closed();

    socket->receive("4yes");
    CHECK(stage.speaker->received == Strings{"yes"});
    CHECK(stage.speaker->times_closed == 0);
}

TEST_CASE("a WebSocket that does not take over leaves the session to its requests") {
    for (const auto* packet : {"2other", "4hello", "5", "abc", "1"}) {
        CAPTURE(packet);
        Stage stage;
        const auto socket = stage.attach();
        socket->receive(packet);
        CHECK(socket->connection.closed == CloseCode::policy_violation);
        CHECK(stage.speaker->received.empty());
        CHECK(stage.fetch() == opening);
    }
    Stage slow;
    const auto socket = slow.attach();
    socket->receive("2probe");
    slow.ring(Alarm::upgrade);
    CHECK(socket->connection.closed == CloseCode::idle);
    CHECK(slow.fetch() == opening);

    Stage broken;
    broken.attach()->events->closed();
    CHECK(broken.fetch() == opening);
    CHECK_FALSE(broken.is_ended);
}

TEST_CASE("a candidate is answered one probe") {
    Stage stage;
    const auto socket = stage.attach();
    socket->receive("2probe");
    socket->receive("2probe");
    CHECK(socket->connection.closed == CloseCode::policy_violation);
}

}  // namespace
