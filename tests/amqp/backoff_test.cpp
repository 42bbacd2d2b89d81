#include "amqp/backoff.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using gateway::amqp::Backoff;

namespace {

TEST_CASE("each wait is twice the one before, up to the limit") {
    Backoff backoff(100ms, 1000ms);
    for (const auto wait : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        CHECK(backoff.next(1) == wait);
    }
}

TEST_CASE("half of a wait is certain, and the rest is chance's") {
    Backoff backoff(100ms, 100ms);
    CHECK(backoff.next(0) == 50ms);
    CHECK(backoff.next(0.5) == 75ms);
    CHECK(backoff.next(1) == 100ms);
}

TEST_CASE("what worked begins anew") {
    Backoff backoff(100ms, 1000ms);
    static_cast<void>(backoff.next(1));
    static_cast<void>(backoff.next(1));
    backoff.reset();
    CHECK(backoff.next(1) == 100ms);
}

TEST_CASE("a least that is above the limit is the limit") {
    Backoff backoff(100ms, 10ms);
    CHECK(backoff.next(1) == 10ms);
}

}  // namespace
