// Keys, and what is known of jobs that have ended.
#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

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

TEST_CASE("a call with an earlier one's key waits as long as it says, and the job goes on") {
    Stage stage;
    const Uuid job = stage.call(1, {.timeout = 10s, .key = "k"});
    CHECK(stage.call(2, {.timeout = 1s, .key = "k"}) == job);
    CHECK(stage.call(3, {.timeout = 20s, .key = "k"}) == job);
    CHECK(stage.call(4, {.timeout = 2s, .key = "k"}) == job);
    stage.leave(4);
    stage.pass(999ms);
    CHECK(stage.told<Finished>().empty());
    stage.pass(1ms);
    auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].call == CallId{2});
    CHECK(finished[0].outcome.error().code == Errc::job_expired);

    CHECK(stage.call(5, {.timeout = 5s, .key = "k"}) == job);
    stage.poll(1);
    CHECK_FALSE(stage.answer(job));
    CHECK(stage.told<Finished>().size() == 3);
    stage.pass(1h);
    CHECK(stage.told<Finished>().empty());
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

}  // namespace
