// What becomes of jobs on a lease.
#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

TEST_CASE("a job whose lease is over goes to another worker, before all that wait") {
    Stage stage({.lease = 5s});
    const Uuid job = stage.call(1, {});
    stage.join(1);
    stage.call(2, {});
    stage.pass(4s);
    stage.join(2, 1, "other");
    stage.told<Assigned>();
    stage.pass(1s);
    const auto effects = std::exchange(stage.effects, {});
    REQUIRE(effects.size() == 2);
    CHECK(std::get<Recalled>(effects[0]).job == job);
    const auto& again = std::get<Assigned>(effects[1]);
    REQUIRE(again.jobs.size() == 1);
    CHECK(again.jobs[0].job == job);
    CHECK(again.jobs[0].attempt == 2);
}

TEST_CASE("a job of a worker that leaves goes to another at once") {
    Stage stage;
    stage.join(1);
    stage.join(2);
    const Uuid job = stage.call(1, {});
    stage.told<Assigned>();
    stage.part(1);
    CHECK(stage.dealt() == Dealt{{WorkerId{2}, job}});
}

TEST_CASE("after so many attempts the caller is told") {
    Stage stage({.attempts = 2});
    const Uuid job = stage.call(1, {});
    stage.join(1);
    stage.part(1);
    stage.join(2);
    stage.part(2);
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    REQUIRE_FALSE(finished[0].outcome);
    CHECK(finished[0].outcome.error().code == Errc::job_abandoned);
    CHECK(stage.answer(job) == Errc::job_abandoned);
    CHECK(stage.hub.totals().abandoned == 1);
    CHECK(stage.hub.totals().retries == 1);
}

TEST_CASE("a late answer is the job's, if no other has come before") {
    Stage stage({.lease = 5s});
    const Uuid job = stage.call(1, {});
    stage.poll(1);
    stage.pass(5s);
    stage.join(2);
    stage.told<Finished>();
    CHECK_FALSE(stage.answer(job, 0, "late"));
    const auto effects = std::exchange(stage.effects, {});
    REQUIRE(effects.size() == 2);
    CHECK(std::get<Recalled>(effects[0]).worker == WorkerId{2});
    CHECK(std::get<Recalled>(effects[0]).why == Errc::job_answered);
    CHECK(*std::get<Finished>(effects[1]).outcome->body == "late");
    CHECK(stage.answer(job, 2) == Errc::job_answered);
}

TEST_CASE("a lease ends with the job's deadline") {
    Stage stage;
    stage.call(1, {.timeout = 2s});
    stage.pass(500ms);
    stage.poll(1);
    CHECK(stage.told<Assigned>().at(0).jobs.at(0).lease == 1500ms);
}

TEST_CASE("a recalled job takes its place until the worker answers, or its lease is over") {
    Stage stage({.lease = 5s});
    stage.join(1);
    const Uuid first = stage.call(1, {});
    stage.leave(1);
    const Uuid second = stage.call(2, {});
    CHECK(stage.dealt() == Dealt{{WorkerId{1}, first}});
    CHECK(stage.answer(first, 1) == Errc::job_cancelled);
    CHECK(stage.dealt() == Dealt{{WorkerId{1}, second}});

    stage.leave(2);
    const Uuid third = stage.call(3, {});
    CHECK(stage.dealt().empty());
    stage.pass(5s);
    CHECK(stage.dealt() == Dealt{{WorkerId{1}, third}});
}

TEST_CASE("jobs that did not reach their poll are as they were before") {
    Stage stage({.attempts = 1});
    const Uuid job = stage.call(1, {});
    stage.poll(1);
    const auto assigned = stage.told<Assigned>();
    stage.hub.give_back(assigned.at(0).jobs, stage.now, stage.effects);
    stage.poll(2);
    const auto again = stage.told<Assigned>();
    REQUIRE(again.size() == 1);
    CHECK(again[0].jobs.at(0).job == job);
    CHECK(again[0].jobs.at(0).attempt == 1);

    CHECK_FALSE(stage.answer(job));
    stage.hub.give_back(again[0].jobs, stage.now, stage.effects);
    CHECK(stage.hub.open_jobs() == 0);
}

TEST_CASE("a word before the last reaches the caller and renews the lease") {
    Stage stage({.lease = 5s});
    stage.join(1);
    const Uuid job = stage.call(1, {});
    stage.pass(4s);
    const auto progress = [&](unsigned from) {
        return stage.hub.progress(job, WorkerId{from}, stage.text("50"), stage.now, stage.effects);
    };
    CHECK_FALSE(progress(1));
    const auto told = stage.told<Progressed>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].call == CallId{1});
    CHECK(*told[0].body == "50");

    stage.pass(4s);
    CHECK(stage.told<Recalled>().empty());
    CHECK(progress(2)->code == Errc::job_expired);
    stage.pass(1s);
    CHECK(stage.told<Recalled>().size() == 1);
}

}  // namespace
