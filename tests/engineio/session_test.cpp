#include "engineio/session.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engineio/stage.hpp"

using namespace gateway;
using namespace gateway::engineio;
using namespace std::chrono_literals;
using Alarm = Session::Alarm;
using Strings = std::vector<std::string>;

namespace {

TEST_CASE("a WebSocket's first frame is the handshake, which offers no upgrade") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    CHECK(socket->connection.frames ==
          Strings{R"(0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,)"
                  R"("maxPayload":1000000})"});
}

TEST_CASE("a client that closes has its poll ended and its POST answered") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    const auto poll = stage.poll();
    const auto post = stage.post("1");
    CHECK(poll->exchange.body() == "6");
    CHECK(post->exchange.body() == "ok");
    CHECK(stage.speaker->times_closed == 1);
    poll->end();
    post->end();
    CHECK(stage.speaker->times_closed == 1);
}

TEST_CASE("a session without polls is closed once the client has read so, or has had time to") {
    Stage stage;
    stage.session->send_text("last");
    stage.session->close(CloseCode::going_away);
    stage.session->send_text("too late");
    const auto poll = stage.poll();
    CHECK(poll->exchange.body() == std::string(opening) +
                                       "\x1e"
                                       "4last\x1e"
                                       "1");
    CHECK(stage.speaker->times_closed == 0);
    CHECK(stage.post("4dropped")->exchange.body() == "ok");
    poll->end();
    CHECK(stage.speaker->times_closed == 1);
    CHECK(stage.speaker->received.empty());
    CHECK(stage.speaker->frames_written == 1);

    Stage silent;
    silent.session->close(CloseCode::going_away);
    CHECK(silent.alarms[Alarm::heartbeat] == 20s);
    silent.ring(Alarm::heartbeat);
    CHECK(silent.speaker->times_closed == 1);
}

TEST_CASE("messages of a WebSocket are packets, in both directions") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    socket->receive("4hello");
    socket->events->received_binary("\1\2");
    CHECK(stage.speaker->received == Strings{"hello", "\1\2"});
    stage.session->send_text("hello");
    stage.session->send_binary("\1\2");
    CHECK(socket->connection.frames.at(1) == "4hello");
    CHECK(socket->connection.frames.at(2) == "\1\2");

    socket->events->written(1);
    CHECK(stage.speaker->frames_written == 0);
    socket->events->written(2);
    CHECK(stage.speaker->frames_written == 2);
}

TEST_CASE("a WebSocket that ends, breaks the protocol or says so closes the session") {
    Stage gone(websocket_only);
    gone.attach()->events->closed();
    CHECK(gone.speaker->times_closed == 1);

    for (const auto& [packet, code] :
         {std::pair{"abc", CloseCode::policy_violation}, std::pair{"1", CloseCode::normal}}) {
        Stage stage(websocket_only);
        const auto socket = stage.attach();
        socket->receive(packet);
        CHECK(socket->connection.closed == code);
        CHECK(stage.speaker->times_closed == 1);
        socket->receive("4late");
        socket->events->written(1);
        socket->events->closed();
        CHECK(stage.speaker->received.empty());
        CHECK(stage.speaker->times_closed == 1);
    }
}

TEST_CASE("closing a session closes its WebSocket, and counts once that is gone") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    stage.session->close(CloseCode::going_away);
    CHECK(socket->connection.closed == CloseCode::going_away);
    CHECK(stage.speaker->times_closed == 0);
    socket->events->closed();
    CHECK(stage.speaker->times_closed == 1);
}

TEST_CASE("in revision 4 a client that does not answer the ping is lost") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    CHECK(stage.alarms[Alarm::heartbeat] == 25s);
    stage.ring(Alarm::heartbeat);
    CHECK(stage.fetch() == "2");
    CHECK(stage.alarms[Alarm::heartbeat] == 20s);
    CHECK(stage.post("3")->exchange.body() == "ok");
    CHECK(stage.alarms[Alarm::heartbeat] == 25s);

    const auto poll = stage.poll();
    stage.ring(Alarm::heartbeat);
    CHECK(poll->exchange.body() == "2");
    poll->end();
    const auto last = stage.poll();
    stage.ring(Alarm::heartbeat);
    CHECK(last->exchange.body() == "1");
    CHECK(stage.speaker->times_closed == 1);
    CHECK(stage.is_ended);
}

TEST_CASE("in revision 3 the client's pings are answered, and keep it") {
    Stage stage(revision_3);
    CHECK(stage.alarms[Alarm::heartbeat] == 45s);
    stage.alarms.clear();
    CHECK(stage.post("1:2")->exchange.body() == "ok");
    CHECK(stage.fetch().ends_with("}1:3"));
    CHECK(stage.alarms[Alarm::heartbeat] == 45s);
    stage.ring(Alarm::heartbeat);
    CHECK(stage.speaker->times_closed == 1);
}

TEST_CASE("a lost client's WebSocket is closed") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    stage.ring(Alarm::heartbeat);
    CHECK(socket->connection.frames.back() == "2");
    socket->events->written(2);
    stage.ring(Alarm::heartbeat);
    CHECK(socket->connection.closed == CloseCode::idle);
    CHECK(stage.speaker->times_closed == 1);
}

}  // namespace
