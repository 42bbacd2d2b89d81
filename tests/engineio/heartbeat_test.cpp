#include "engineio/heartbeat.hpp"

#include <doctest/doctest.h>

using namespace gateway::engineio;
using namespace std::chrono_literals;
using Due = Heartbeat::Due;

namespace {

TEST_CASE("in revision 4 the server pings after the interval and waits for the timeout") {
    Heartbeat heartbeat(Revision::v4, 300ms, 200ms);
    CHECK(heartbeat.delay() == 300ms);
    CHECK(heartbeat.alarm(false) == Due::ping);
    CHECK(heartbeat.delay() == 200ms);
    CHECK(heartbeat.beat());
    CHECK(heartbeat.delay() == 300ms);
    CHECK(heartbeat.alarm(false) == Due::ping);
    CHECK(heartbeat.alarm(false) == Due::lost);
}

TEST_CASE("a pong that nobody asked for changes nothing") {
    Heartbeat heartbeat(Revision::v4, 300ms, 200ms);
    CHECK_FALSE(heartbeat.beat());
    CHECK(heartbeat.alarm(false) == Due::ping);
}

TEST_CASE("a client that was heard is there, though its pong is late") {
    Heartbeat heartbeat(Revision::v4, 300ms, 200ms);
    CHECK(heartbeat.alarm(false) == Due::ping);
    heartbeat.heard();
    CHECK(heartbeat.alarm(false) == Due::nothing);
    CHECK(heartbeat.delay() == 200ms);
    CHECK(heartbeat.alarm(false) == Due::lost);
}

TEST_CASE("what was heard before the ping says nothing of the time after it") {
    Heartbeat heartbeat(Revision::v4, 300ms, 200ms);
    heartbeat.heard();
    CHECK(heartbeat.alarm(false) == Due::ping);
    CHECK(heartbeat.alarm(false) == Due::lost);
}

TEST_CASE("in revision 3 the client pings, and is lost after interval and timeout") {
    Heartbeat heartbeat(Revision::v3, 300ms, 200ms);
    CHECK(heartbeat.delay() == 500ms);
    CHECK(heartbeat.beat());
    CHECK(heartbeat.delay() == 500ms);
    heartbeat.heard();
    CHECK(heartbeat.alarm(false) == Due::nothing);
    CHECK(heartbeat.alarm(false) == Due::lost);
}

TEST_CASE("a client whose silence is our doing is not lost") {
    Heartbeat heartbeat(Revision::v4, 300ms, 200ms);
    CHECK(heartbeat.alarm(true) == Due::ping);
    CHECK(heartbeat.alarm(true) == Due::nothing);
    CHECK(heartbeat.alarm(false) == Due::lost);
    Heartbeat old(Revision::v3, 300ms, 200ms);
    CHECK(old.alarm(true) == Due::nothing);
    CHECK(old.alarm(false) == Due::lost);
}

}  // namespace
