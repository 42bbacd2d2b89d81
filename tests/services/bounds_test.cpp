// What callers and workers can make grow.
#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

TEST_CASE("a full queue refuses calls until a worker takes one") {
    Stage stage({.max_queued = 2});
    stage.call(1, {});
    stage.call(2, {});
    CHECK(stage.refused_call(3, {}) == Errc::queue_full);
    stage.call(4, {.service = "other"});
    stage.poll(1);
    stage.call(5, {});
    CHECK(stage.hub.totals().refused == 1);
}

TEST_CASE("a caller cannot fill a queue alone") {
    Stage stage({.max_queued = 3, .max_queued_of_caller = 2});
    stage.call(1, {.caller = "greedy"});
    stage.call(2, {.caller = "greedy"});
    CHECK(stage.refused_call(3, {.caller = "greedy"}) == Errc::queue_full);
    stage.call(4, {.service = "other", .caller = "greedy"});
    stage.call(5, {.caller = "modest"});
    CHECK(stage.refused_call(6, {.caller = "modest"}) == Errc::queue_full);
    stage.poll(1);
    stage.call(7, {.caller = "greedy"});
}

TEST_CASE("bytes fill a queue as well, but one job always has room") {
    Stage stage({.max_queued_bytes = 2000});
    stage.call(1, {.body = stage.text(std::string(5000, '1'))});
    CHECK(stage.refused_call(2, {}) == Errc::queue_full);
    stage.leave(1);
    stage.call(3, {});
}

TEST_CASE("the open jobs of all services are bounded, in number and bytes") {
    Stage few({.max_jobs = 1});
    few.join(1, 2);
    few.call(1, {});
    CHECK(few.refused_call(2, {}) == Errc::limit_reached);

    Stage small({.max_bytes = 2000});
    small.join(1, 2);
    small.call(1, {.body = Stage::text(std::string(1800, '1'))});
    CHECK(small.refused_call(2, {.service = "other"}) == Errc::limit_reached);
}

TEST_CASE("workers are bounded") {
    Stage stage({.max_workers = 1});
    stage.join(1);
    CHECK(stage.hub.poll(WorkerId{2}, "sum", 1, stage.now + 1s, stage.now, stage.effects)->code ==
          Errc::limit_reached);
}

TEST_CASE("a name that is none is refused") {
    Stage stage;
    CHECK(stage.refused_call(1, {.service = "a b"}) == Errc::invalid_service);
    CHECK(stage.hub.poll(WorkerId{1}, "", 1, stage.now, stage.now, stage.effects)->code ==
          Errc::invalid_service);
}

TEST_CASE("so many callers wait for one key's job, and any number is told its answer afterwards") {
    Stage stage({.max_callers_of_job = 2});
    stage.join(9);
    const Uuid job = stage.call(1, {.key = "k"});
    stage.call(2, {.key = "k"});
    CHECK(stage.refused_call(3, {.key = "k"}) == Errc::queue_full);
    CHECK(stage.hub.totals().refused == 1);
    stage.call(4, {.key = "other"});

    stage.leave(1);
    CHECK(stage.call(5, {.key = "k"}) == job);
    CHECK(stage.refused_call(6, {.key = "k"}) == Errc::queue_full);
    CHECK_FALSE(stage.answer(job, 9));
    stage.call(7, {.key = "k"});
    CHECK(stage.told<Finished>().size() == 3);
}

}  // namespace
