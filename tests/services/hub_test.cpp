#include "services/hub.hpp"

#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

TEST_CASE("a worker gets the call as it was made, and the caller its answer") {
    Stage stage;
    const Uuid job = stage.call(1, {.service = "sum", .command = "add", .body = stage.text("[1]")});
    stage.poll(7);
    const auto assigned = stage.told<Assigned>();
    REQUIRE(assigned.size() == 1);
    REQUIRE(assigned[0].jobs.size() == 1);
    const Assignment& work = assigned[0].jobs[0];
    CHECK(assigned[0].worker == WorkerId{7});
    CHECK(work.job == job);
    CHECK(work.service == "sum");
    CHECK(work.command == "add");
    CHECK(*work.body == "[1]");
    CHECK(work.attempt == 1);
    CHECK(work.lease == 30s);

    CHECK_FALSE(stage.answer(job, 0, "3"));
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].call == CallId{1});
    REQUIRE(finished[0].outcome);
    CHECK(*finished[0].outcome->body == "3");
    CHECK(stage.hub.open_jobs() == 0);
    CHECK(stage.hub.services(stage.now).empty());
}

TEST_CASE("callers take turns") {
    Stage stage;
    std::vector<Uuid> jobs;
    for (unsigned i = 0; i < 3; ++i) jobs.push_back(stage.call(i, {.caller = "greedy"}));
    jobs.push_back(stage.call(3, {.caller = "modest"}));
    stage.join(1, 4);
    CHECK(stage.dealt() == Dealt{{WorkerId{1}, jobs[0]},
                                 {WorkerId{1}, jobs[3]},
                                 {WorkerId{1}, jobs[1]},
                                 {WorkerId{1}, jobs[2]}});
}

TEST_CASE("a job goes to the worker that has been free the longest") {
    Stage stage;
    for (const unsigned worker : {1, 2, 3}) stage.join(worker);
    const Uuid first = stage.call(1, {});
    const Uuid second = stage.call(2, {});
    CHECK_FALSE(stage.answer(first, 1));
    const Uuid third = stage.call(3, {});
    const Uuid fourth = stage.call(4, {});
    CHECK(stage.dealt() == Dealt{{WorkerId{1}, first},
                                 {WorkerId{2}, second},
                                 {WorkerId{3}, third},
                                 {WorkerId{1}, fourth}});
}

TEST_CASE("a worker has at most its credit of jobs, spread over the workers") {
    Stage stage;
    stage.join(1, 2);
    stage.join(2, 1);
    std::vector<Uuid> jobs;
    for (unsigned i = 0; i < 4; ++i) jobs.push_back(stage.call(i, {}));
    CHECK(stage.dealt() ==
          Dealt{{WorkerId{1}, jobs[0]}, {WorkerId{2}, jobs[1]}, {WorkerId{1}, jobs[2]}});
    CHECK_FALSE(stage.answer(jobs[1], 2));
    CHECK(stage.dealt() == Dealt{{WorkerId{2}, jobs[3]}});
}

TEST_CASE("a poll takes what waits, up to what it asks for") {
    Stage stage;
    for (unsigned i = 0; i < 3; ++i) stage.call(i, {});
    stage.poll(1, 2);
    stage.poll(2, 2);
    const auto assigned = stage.told<Assigned>();
    REQUIRE(assigned.size() == 2);
    CHECK(assigned[0].jobs.size() == 2);
    CHECK(assigned[1].jobs.size() == 1);
}

TEST_CASE("a poll that waits gets the next job, or nothing when its time is over") {
    Stage stage;
    stage.poll(1, 5, 10s);
    stage.poll(2, 5, 20s);
    CHECK(stage.hub.deadline() == stage.now + 10s);
    stage.pass(10s);
    auto assigned = stage.told<Assigned>();
    REQUIRE(assigned.size() == 1);
    CHECK(assigned[0].worker == WorkerId{1});
    CHECK(assigned[0].jobs.empty());

    const Uuid job = stage.call(1, {});
    CHECK(stage.dealt() == Dealt{{WorkerId{2}, job}});
    CHECK(stage.hub.service("sum", stage.now)->polls == 0);
}

TEST_CASE("a poll that is gone gets nothing") {
    Stage stage;
    stage.poll(1);
    stage.part(1);
    stage.call(1, {});
    CHECK(stage.told<Assigned>().empty());
    CHECK(stage.hub.service("sum", stage.now)->queued == 1);
}

TEST_CASE("a second answer is refused, and so is one for a job that is not known") {
    Stage stage;
    const Uuid job = stage.call(1, {});
    stage.poll(1);
    CHECK_FALSE(stage.answer(job));
    stage.told<Finished>();
    CHECK(stage.answer(job) == Errc::job_answered);
    CHECK(stage.answer({.high = 9, .low = 9}) == Errc::job_not_found);
    CHECK(stage.told<Finished>().empty());
    CHECK(stage.hub.totals().late == 2);
}

TEST_CASE("an answer after the deadline is refused, though nobody has woken the hub") {
    Stage stage;
    const Uuid job = stage.call(1, {.timeout = 2s});
    stage.poll(1);
    stage.told<Assigned>();
    stage.now += 2s;
    CHECK(stage.answer(job) == Errc::job_expired);
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].outcome.error().code == Errc::job_expired);
}

TEST_CASE("a job that no worker took in time was not begun") {
    Stage stage;
    stage.call(1, {.timeout = 2s});
    CHECK(stage.hub.deadline() == stage.now + 2s);
    stage.pass(2s);
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].outcome.error().code == Errc::service_unavailable);
    CHECK(stage.hub.services(stage.now).empty());
}

TEST_CASE("a caller that leaves cancels its job, queued or not, and the worker is told") {
    Stage stage;
    const Uuid job = stage.call(1, {});
    stage.leave(1);
    CHECK(stage.told<Finished>().empty());
    CHECK(stage.answer(job) == Errc::job_cancelled);

    stage.join(1);
    const Uuid second = stage.call(2, {});
    stage.told<Assigned>();
    stage.leave(2);
    const auto recalled = stage.told<Recalled>();
    REQUIRE(recalled.size() == 1);
    CHECK(recalled[0].worker == WorkerId{1});
    CHECK(recalled[0].job == second);
    CHECK(recalled[0].why == Errc::job_cancelled);
    CHECK(stage.hub.totals().cancelled == 2);
}

TEST_CASE("a job that is cancelled by its id ends for all that wait") {
    Stage stage;
    const Uuid job = stage.call(1, {.key = "k"});
    stage.call(2, {.key = "k"});
    CHECK_FALSE(stage.hub.cancel(job, stage.now, stage.effects));
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 2);
    CHECK(finished[1].outcome.error().code == Errc::job_cancelled);
    CHECK(stage.hub.cancel(job, stage.now, stage.effects)->code == Errc::job_cancelled);
}

TEST_CASE("who drains takes no calls but ends those there are") {
    Stage stage;
    const Uuid job = stage.call(1, {});
    stage.hub.drain();
    CHECK(stage.refused_call(2, {}) == Errc::draining);
    stage.poll(1);
    CHECK_FALSE(stage.answer(job));
}

TEST_CASE("who stops ends all jobs and polls") {
    Stage stage;
    stage.call(1, {});
    stage.poll(1);
    stage.call(2, {});
    REQUIRE_FALSE(
        stage.hub.poll(WorkerId{2}, "other", 1, stage.now + 1h, stage.now, stage.effects));
    stage.effects.clear();
    stage.hub.stop(stage.now, stage.effects);
    const auto effects = std::exchange(stage.effects, {});
    REQUIRE(effects.size() == 3);
    CHECK(std::get<Finished>(effects[0]).outcome.error().code == Errc::draining);
    CHECK(std::get<Assigned>(effects[2]).worker == WorkerId{2});
    CHECK_FALSE(stage.hub.deadline());
    stage.poll(3);
    CHECK(stage.told<Assigned>().size() == 1);
}

}  // namespace
