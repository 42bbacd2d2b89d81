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
