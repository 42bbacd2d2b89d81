#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engineio/session.hpp"
#include "engineio/stage.hpp"

using namespace gateway;
using namespace gateway::engineio;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

namespace {

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

}  // namespace
