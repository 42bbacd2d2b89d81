#include "services/hub.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

/// Who was given which jobs, in order.
std::vector<std::pair<WorkerId, Uuid>> dealt(Stage& stage) {
    std::vector<std::pair<WorkerId, Uuid>> dealt;
    for (const Assigned& assigned : stage.told<Assigned>()) {
        for (const Assignment& job : assigned.jobs) dealt.emplace_back(assigned.worker, job.job);
    }
    return dealt;
}

using Dealt = std::vector<std::pair<WorkerId, Uuid>>;

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
    CHECK(dealt(stage) == Dealt{{WorkerId{1}, jobs[0]},
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
    CHECK(dealt(stage) == Dealt{{WorkerId{1}, first},
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
    CHECK(dealt(stage) ==
          Dealt{{WorkerId{1}, jobs[0]}, {WorkerId{2}, jobs[1]}, {WorkerId{1}, jobs[2]}});
    CHECK_FALSE(stage.answer(jobs[1], 2));
    CHECK(dealt(stage) == Dealt{{WorkerId{2}, jobs[3]}});
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
    CHECK(dealt(stage) == Dealt{{WorkerId{2}, job}});
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
    CHECK(dealt(stage) == Dealt{{WorkerId{2}, job}});
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

TEST_CASE("a lease ends with the job's deadline") {
    Stage stage;
    stage.call(1, {.timeout = 2s});
    stage.pass(500ms);
    stage.poll(1);
    CHECK(stage.told<Assigned>().at(0).jobs.at(0).lease == 1500ms);
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

TEST_CASE("a recalled job takes its place until the worker answers, or its lease is over") {
    Stage stage({.lease = 5s});
    stage.join(1);
    const Uuid first = stage.call(1, {});
    stage.leave(1);
    const Uuid second = stage.call(2, {});
    CHECK(dealt(stage) == Dealt{{WorkerId{1}, first}});
    CHECK(stage.answer(first, 1) == Errc::job_cancelled);
    CHECK(dealt(stage) == Dealt{{WorkerId{1}, second}});

    stage.leave(2);
    const Uuid third = stage.call(3, {});
    CHECK(dealt(stage).empty());
    stage.pass(5s);
    CHECK(dealt(stage) == Dealt{{WorkerId{1}, third}});
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

TEST_CASE("a call with an earlier one's key gets that one's answer, open or answered") {
    Stage stage({.keep = 10s});
    const Uuid job = stage.call(1, {.key = "k"});
    CHECK(stage.call(2, {.key = "k"}) == job);
    CHECK(stage.call(3, {.service = "other", .key = "k"}) != job);
    stage.poll(1);
    CHECK_FALSE(stage.answer(job, 0, "first"));
    CHECK(stage.told<Finished>().size() == 2);

    stage.pass(9s);
    CHECK(stage.call(4, {.key = "k"}) == job);
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].call == CallId{4});
    CHECK(*finished[0].outcome->body == "first");
    CHECK(stage.hub.totals().repeats == 2);

    stage.pass(1s);
    CHECK(stage.call(5, {.key = "k"}) != job);
}

TEST_CASE("a key that was used for something else is refused") {
    Stage stage;
    stage.call(1, {.key = "k"});
    CHECK(stage.refused_call(2, {.body = stage.text("[]"), .key = "k"}) == Errc::key_reused);
    CHECK(stage.refused_call(2, {.command = "c", .key = "k"}) == Errc::key_reused);
}

TEST_CASE("a call whose key got no answer begins anew") {
    Stage stage;
    const Uuid job = stage.call(1, {.timeout = 1s, .key = "k"});
    stage.pass(1s);
    CHECK(stage.call(2, {.key = "k"}) != job);
}

TEST_CASE("a kept job goes on without its caller, and its answer can be asked for") {
    Stage stage;
    const Uuid job = stage.call(1, {.is_kept = true});
    CHECK(stage.hub.find(job, stage.now)->state == JobView::State::queued);
    stage.leave(1);
    stage.poll(1);
    CHECK(stage.hub.find(job, stage.now)->state == JobView::State::working);
    CHECK_FALSE(stage.answer(job, 0, "kept"));
    const auto view = stage.hub.find(job, stage.now);
    REQUIRE(view);
    CHECK(view->state == JobView::State::ended);
    CHECK(view->attempts == 1);
    CHECK(*(*view->outcome)->body == "kept");
    CHECK(stage.told<Finished>().empty());
}

TEST_CASE("of other jobs only their end is known, for a time") {
    Stage stage({.keep = 10s});
    const Uuid job = stage.call(1, {});
    stage.poll(1);
    CHECK_FALSE(stage.answer(job));
    CHECK((*stage.hub.find(job, stage.now)->outcome)->body == nullptr);
    stage.pass(10s);
    CHECK_FALSE(stage.hub.find(job, stage.now));
    CHECK(stage.answer(job) == Errc::job_not_found);
}

TEST_CASE("finished jobs beyond a number, or so many bytes, are forgotten with their keys") {
    Stage stage({.max_kept = 2, .max_kept_bytes = 1000});
    const auto answered = [&stage](unsigned id, std::size_t size) {
        const Uuid job = stage.call(id, {.key = std::to_string(id)});
        stage.poll(id);
        REQUIRE_FALSE(stage.answer(job, 0, std::string(size, '1')));
        return job;
    };
    const Uuid first = answered(1, 1);
    const Uuid second = answered(2, 1);
    const Uuid third = answered(3, 1);
    CHECK_FALSE(stage.hub.find(first, stage.now));
    CHECK(stage.hub.find(second, stage.now));
    CHECK(stage.call(4, {.key = "1"}) != first);
    stage.leave(4);

    answered(5, 990);
    CHECK_FALSE(stage.hub.find(third, stage.now));
}

TEST_CASE("watchers hear who registers and leaves, of one service or of all") {
    Stage stage;
    stage.hub.watch(WatcherId{1}, "sum");
    stage.hub.watch(WatcherId{2}, "");
    stage.join(1);
    stage.join(2, 1, "other");
    stage.poll(3);
    auto told = stage.told<Announced>();
    REQUIRE(told.size() == 3);
    CHECK(told[0].watcher == WatcherId{1});
    CHECK(told[0].member.worker == WorkerId{1});
    CHECK(told[0].has_joined);
    CHECK(told[2].watcher == WatcherId{2});
    CHECK(told[2].member.service == "other");
    CHECK(stage.hub.members("").size() == 2);
    CHECK(stage.hub.members("sum").size() == 1);

    stage.hub.unwatch(WatcherId{1}, "sum");
    stage.part(1);
    told = stage.told<Announced>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].watcher == WatcherId{2});
    CHECK_FALSE(told[0].has_joined);
    CHECK(stage.hub.members("sum").empty());
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

TEST_CASE("a service is described by what waits, and how long") {
    Stage stage;
    stage.call(1, {});
    stage.pass(3s);
    stage.call(2, {});
    stage.join(1);
    const auto view = stage.hub.service("sum", stage.now);
    REQUIRE(view);
    CHECK(view->queued == 1);
    CHECK(view->working == 1);
    CHECK(view->workers == 1);
    CHECK(view->age == 0s);
    stage.pass(2s);
    CHECK(stage.hub.services(stage.now).at(0).age == 2s);
}

}  // namespace
