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

const Session::Handshake websocket_only{.id = "abc", .is_polling = false};
const Session::Handshake revision_3{.dialect = {.revision = Revision::v3}, .id = "abc"};

constexpr auto opening =
    R"(0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,)"
    R"("maxPayload":1000000})";

TEST_CASE("the first poll is answered with the handshake, and what was said at once") {
    Stage stage;
    CHECK(stage.fetch() == opening);

    Stage talkative;
    talkative.session->send_text("hello");
    CHECK(talkative.fetch() == std::string(opening) +
                                   "\x1e"
                                   "4hello");
    CHECK(talkative.speaker->frames_written == 1);
}

TEST_CASE("a WebSocket's first frame is the handshake, which offers no upgrade") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    CHECK(socket->connection.frames ==
          Strings{R"(0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,)"
                  R"("maxPayload":1000000})"});
}

TEST_CASE("a poll waits for something to send") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    const auto poll = stage.poll();
    CHECK_FALSE(poll->exchange.replied);
    stage.session->send_text("one");
    CHECK(poll->exchange.body() == "4one");
    CHECK(poll->exchange.replied->headers ==
          std::vector<HttpHeader>{{"Content-Type", "text/plain; charset=UTF-8"}});

    CHECK(stage.speaker->frames_written == 0);
    poll->end();
    CHECK(stage.speaker->frames_written == 1);
}

TEST_CASE("a poll waits until the reply to the one before is written") {
    Stage stage;
    const auto first = stage.poll();
    const auto second = stage.poll();
    stage.session->send_text("one");
    CHECK_FALSE(second->exchange.replied);
    first->end();
    CHECK(second->exchange.body() == "4one");
}

TEST_CASE("a reply to a poll holds no more than a payload may, but one packet at least") {
    Stage stage({.id = "abc"}, {.max_payload = 10});
    stage.session->send_text("12345");
    stage.session->send_text("12345");
    stage.session->send_text("123456789012");
    CHECK(stage.fetch().starts_with("0{"));
    CHECK(stage.fetch() ==
          "412345\x1e"
          "412345");
    CHECK(stage.fetch() == "4123456789012");
}

TEST_CASE("a POST is answered when its packets are received") {
    Stage stage;
    const auto post = stage.post(
        "4one\x1e"
        "bAQI=\x1e"
        "4two");
    CHECK(stage.speaker->received == Strings{"one", "\1\2", "two"});
    CHECK(post->exchange.status() == 200);
    CHECK(post->exchange.body() == "ok");
}

TEST_CASE("binary replies of revision 3 say that they are") {
    Stage stage(revision_3);
    CHECK(stage.fetch().find(":0{") == 3);
    stage.session->send_binary("\1\2");
    const auto poll = stage.poll();
    CHECK(poll->exchange.body() == "\1\3\xff\4\1\2");
    CHECK(poll->exchange.replied->headers.front().second == "application/octet-stream");

    Stage old({.dialect = {.revision = Revision::v3, .takes_binary = false}, .id = "abc"});
    CHECK(old.fetch().find(":0{") == 3);
    old.session->send_binary("\1\2");
    CHECK(old.fetch() == "6:b4AQI=");
}

TEST_CASE("a second poll at the same time ends the session") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    const auto first = stage.poll();
    const auto second = stage.poll();
    CHECK(first->exchange.body() == "1");
    CHECK(second->exchange.status() == 400);
    CHECK(stage.speaker->times_closed == 1);
    CHECK(stage.is_ended);
    CHECK(stage.poll()->exchange.status() == 400);
    CHECK(stage.post("4late")->exchange.status() == 400);
    CHECK(stage.speaker->received.empty());
}

TEST_CASE("a poll that breaks off ends the session, whether it waits or is being answered") {
    Stage waiting;
    REQUIRE(waiting.fetch() == opening);
    waiting.poll()->end(false);
    CHECK(waiting.speaker->times_closed == 1);

    Stage answering;
    answering.session->send_text("lost");
    answering.poll()->end(false);
    CHECK(answering.speaker->times_closed == 1);
    CHECK(answering.speaker->frames_written == 0);
}

TEST_CASE("a POST that is malformed ends the session, after what stands before the fault") {
    Stage stage;
    const auto post = stage.post(
        "4good\x1e"
        "bad");
    CHECK(stage.speaker->received == Strings{"good"});
    CHECK(post->exchange.status() == 400);
    CHECK(stage.speaker->times_closed == 1);
}

TEST_CASE("packets that a client must not send end the session") {
    for (const auto* packet : {"0", "5", "2"}) {
        CAPTURE(packet);
        Stage stage;
        CHECK(stage.post(packet)->exchange.status() == 400);
        CHECK(stage.is_ended);
    }
    Stage old(revision_3);
    CHECK(old.post("1:3")->exchange.status() == 400);
    CHECK(old.is_ended);
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

TEST_CASE("pausing stops the WebSocket, and resuming lets it go on") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    stage.session->pause_reading();
    CHECK_FALSE(socket->connection.is_reading);
    stage.session->resume_reading();
    CHECK(socket->connection.is_reading);
}

TEST_CASE("a WebSocket that takes over while reading is paused is paused") {
    Stage stage;
    const auto socket = stage.attach();
    socket->receive("2probe");
    stage.session->pause_reading();
    socket->receive("5");
    CHECK_FALSE(socket->connection.is_reading);
}

TEST_CASE("pausing holds a POST between two packets until reading is resumed") {
    struct Choosy final : Connection::Events {
        void received_text(std::string_view text) override {
            received.emplace_back(text);
            session->pause_reading();
        }
        void received_binary(std::string_view) override {}
        void written(std::size_t) override {}
        void closed() override {}
        Session* session = nullptr;
        Strings received;
    };
    Stage stage;
    const auto choosy = std::make_shared<Choosy>();
    choosy->session = stage.session.get();
    stage.session->open(choosy);

    const auto post = stage.post(
        "4one\x1e"
        "4two");
    CHECK(choosy->received == Strings{"one"});
    CHECK_FALSE(post->exchange.replied);
    stage.session->resume_reading();
    CHECK(choosy->received == Strings{"one"});
    CHECK(stage.alarms[Alarm::resume] == 0ms);
    stage.ring(Alarm::resume);
    CHECK(choosy->received == Strings{"one", "two"});
    CHECK_FALSE(post->exchange.replied);
    stage.session->resume_reading();
    stage.ring(Alarm::resume);
    CHECK(post->exchange.body() == "ok");
}

TEST_CASE("a POST that is held does not hold up an upgrade, which brings in its rest") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    stage.session->pause_reading();
    const auto post = stage.post(
        "4one\x1e"
        "4two");
    const auto socket = stage.attach();
    CHECK_FALSE(post->exchange.replied);
    socket->receive("2probe");
    CHECK(post->exchange.body() == "ok");
    post->end();
    CHECK(stage.speaker->received.empty());
    socket->receive("5");
    CHECK_FALSE(socket->connection.is_reading);
    socket->receive("4three");
    CHECK(stage.speaker->received == Strings{"one", "two", "three"});
}

TEST_CASE("a POST that comes while an upgrade goes on is answered, and received in order") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    const auto socket = stage.attach();
    socket->receive("2probe");
    stage.session->pause_reading();
    CHECK(stage.post("4one")->exchange.body() == "ok");
    CHECK(stage.speaker->received.empty());

    // The upgrade fails, and the client goes on with its requests.
    socket->events->closed();
    const auto second = stage.post("4two");
    CHECK(stage.speaker->received == Strings{"one"});
    CHECK_FALSE(second->exchange.replied);
    stage.session->resume_reading();
    stage.ring(Alarm::resume);
    CHECK(stage.speaker->received == Strings{"one", "two"});
    CHECK(second->exchange.body() == "ok");
}

TEST_CASE("a malformed rest of a POST ends the session, though it was answered") {
    Stage stage;
    REQUIRE(stage.fetch() == opening);
    stage.session->pause_reading();
    const auto post = stage.post(
        "4one\x1e"
        "bad");
    const auto socket = stage.attach();
    socket->receive("2probe");
    CHECK(post->exchange.body() == "ok");
    socket->receive("5");
    CHECK(stage.speaker->received == Strings{"one"});
    CHECK(stage.speaker->times_closed == 1);
    CHECK(socket->connection.closed == CloseCode::policy_violation);
}

TEST_CASE("a second POST while one is held ends the session") {
    Stage stage;
    stage.session->pause_reading();
    const auto first = stage.post("4one");
    const auto second = stage.post("4two");
    CHECK(first->exchange.status() == 400);
    CHECK(second->exchange.status() == 400);
    CHECK(stage.is_ended);
}

TEST_CASE("a POST that breaks off while it is held ends the session") {
    Stage stage;
    stage.session->pause_reading();
    stage.post("4one")->end(false);
    CHECK(stage.speaker->times_closed == 1);
    CHECK(stage.speaker->received.empty());
}

TEST_CASE("a client that takes nothing is read no further") {
    Stage stage(websocket_only, {.max_buffered_bytes = 1000});
    const auto socket = stage.attach();
    stage.session->send_text(std::string(1000, 'x'));
    CHECK_FALSE(socket->connection.is_reading);
    socket->events->written(2);
    CHECK(socket->connection.is_reading);

    Stage polling({.id = "abc"}, {.max_buffered_bytes = 1000});
    polling.session->send_text(std::string(1000, 'x'));
    const auto post = polling.post("4one");
    CHECK_FALSE(post->exchange.replied);
    CHECK(polling.fetch().size() > 1000);
    polling.ring(Alarm::resume);
    CHECK(post->exchange.body() == "ok");
}

TEST_CASE("a client's pings do not pile up answers that it does not take") {
    Stage stage(revision_3, {.max_buffered_bytes = 1000});
    std::string pings;
    for (int i = 0; i < 1000; ++i) pings += "1:2";
    const auto post = stage.post(pings);
    CHECK_FALSE(post->exchange.replied);
    CHECK(stage.fetch().size() < 1000);
}

TEST_CASE("a client that is not read is not lost while it takes what it is sent") {
    Stage stage(websocket_only, {.max_buffered_bytes = 1000});
    const auto socket = stage.attach();
    for (int i = 0; i < 3; ++i) stage.session->send_text(std::string(1000, 'x'));
    stage.ring(Alarm::heartbeat);
    socket->events->written(2);
    stage.ring(Alarm::heartbeat);
    CHECK(stage.speaker->times_closed == 0);
    stage.ring(Alarm::heartbeat);
    CHECK(stage.speaker->times_closed == 1);
}

TEST_CASE("a client that we do not want to read is not lost") {
    Stage stage(websocket_only);
    const auto socket = stage.attach();
    socket->events->written(1);
    stage.session->pause_reading();
    stage.ring(Alarm::heartbeat);
    socket->events->written(1);
    stage.ring(Alarm::heartbeat);
    stage.ring(Alarm::heartbeat);
    CHECK(stage.speaker->times_closed == 0);
    stage.session->resume_reading();
    stage.ring(Alarm::heartbeat);
    CHECK(stage.speaker->times_closed == 1);
}

}  // namespace
