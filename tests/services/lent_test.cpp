// Jobs between nodes: given to other nodes' workers, and lent by other nodes to this one's.

#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

void join_node(Stage& stage, unsigned id, unsigned credit) {
    Member node{.worker = WorkerId{id}, .service = "sum", .credit = credit, .is_stand_in = true};
    REQUIRE_FALSE(stage.hub.join(std::move(node), stage.now, stage.effects));
}

void set_credit(Stage& stage, unsigned id, unsigned credit) {
    stage.hub.set_credit(WorkerId{id}, credit, stage.now, stage.effects);
}

Call lent(unsigned job, unsigned attempt = 1) {
    return {.lent = Uuid{.high = 2, .low = job}, .attempt = attempt};
}

std::vector<Assignment> given(Stage& stage, unsigned worker) {
    std::vector<Assignment> jobs;
    for (Assigned& assigned : stage.told<Assigned>()) {
        if (assigned.worker != WorkerId{worker}) continue;
        for (Assignment& job : assigned.jobs) jobs.push_back(std::move(job));
    }
    return jobs;
}

Errc error_of(Stage& stage) {
    const auto finished = stage.told<Finished>();
    REQUIRE(finished.size() == 1);
    REQUIRE_FALSE(finished[0].outcome);
    return finished[0].outcome.error().code;
}

TEST_CASE("another node gets what this node's own workers cannot take") {
    Stage stage;
    join_node(stage, 1, 2);
    stage.join(2);
    const Uuid first = stage.call(1, {});
    const Uuid second = stage.call(2, {});
    const auto told = stage.told<Assigned>();
    REQUIRE(told.size() == 2);
    CHECK(told[0].worker == WorkerId{2});
    CHECK(told[0].jobs[0].job == first);
    CHECK(told[1].worker == WorkerId{1});
    CHECK(told[1].jobs[0].job == second);
}

TEST_CASE("another node has a job for as long as its caller waits") {
    Stage stage;
    join_node(stage, 1, 1);
    const Uuid job = stage.call(1, {.timeout = 2h});
    const auto jobs = given(stage, 1);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].lease == 1h);  // services.max_timeout
    stage.pass(30min);
    CHECK(stage.effects.empty());
    CHECK_FALSE(stage.hub.progress(job, WorkerId{1}, Stage::text("1"), stage.now, stage.effects));
    stage.pass(30min);
    CHECK(stage.told<Recalled>().size() == 1);
}

TEST_CASE("another node is given no more than its credit, which may change") {
    Stage stage;
    join_node(stage, 1, 0);
    for (unsigned i = 1; i <= 4; ++i) stage.call(i, {});
    CHECK(given(stage, 1).empty());
    set_credit(stage, 1, 3);
    const auto jobs = given(stage, 1);
    CHECK(jobs.size() == 3);
    set_credit(stage, 1, 1);
    CHECK_FALSE(stage.answer(jobs[0].job, 1));
    CHECK_FALSE(stage.answer(jobs[1].job, 1));
    CHECK(given(stage, 1).empty());
    CHECK_FALSE(stage.answer(jobs[2].job, 1));
    CHECK(given(stage, 1).size() == 1);
}

TEST_CASE("the jobs of a node that parts go to others, as attempts") {
    Stage stage;
    join_node(stage, 1, 2);
    const Uuid job = stage.call(1, {});
    CHECK(given(stage, 1).size() == 1);
    stage.part(1);
    stage.join(2);
    const auto jobs = given(stage, 2);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].job == job);
    CHECK(jobs[0].attempt == 2);
    CHECK(stage.hub.services(stage.now)[0].workers == 1);
}

TEST_CASE("what a node gives back has not been tried, what it gives up has") {
    Stage stage;
    join_node(stage, 1, 1);
    const Uuid job = stage.call(1, {});
    CHECK(given(stage, 1)[0].attempt == 1);
    set_credit(stage, 1, 0);
    stage.hub.give_back(job, WorkerId{1}, 1, stage.now, stage.effects);
    set_credit(stage, 1, 1);
    CHECK(given(stage, 1)[0].attempt == 1);
    set_credit(stage, 1, 0);
    stage.hub.give_up(job, WorkerId{1}, 1, stage.now, stage.effects);
    set_credit(stage, 1, 1);
    CHECK(given(stage, 1)[0].attempt == 2);
}

TEST_CASE("what is given back or up late, of an earlier attempt, is not") {
    Stage stage;
    join_node(stage, 1, 1);
    const Uuid job = stage.call(1, {});
    stage.hub.give_up(job, WorkerId{1}, 1, stage.now, stage.effects);
    CHECK(given(stage, 1).back().attempt == 2);
    stage.hub.give_up(job, WorkerId{1}, 1, stage.now, stage.effects);
    stage.hub.give_back(job, WorkerId{1}, 1, stage.now, stage.effects);
    CHECK(stage.effects.empty());
    CHECK(stage.hub.find(job, stage.now)->attempts == 2);
}

TEST_CASE("nothing is given back or up by who does not have it") {
    Stage stage;
    join_node(stage, 1, 1);
    stage.join(2);
    const Uuid job = stage.call(1, {});
    stage.hub.give_back(job, WorkerId{1}, 1, stage.now, stage.effects);
    stage.hub.give_up(job, WorkerId{1}, 1, stage.now, stage.effects);
    CHECK(given(stage, 2).size() == 1);
    CHECK(stage.hub.find(job, stage.now)->attempts == 1);
}

TEST_CASE("the place of a node is free at once when its answer is not wanted") {
    Stage stage;
    join_node(stage, 1, 1);
    const Uuid job = stage.call(1, {});
    stage.call(2, {});
    CHECK(given(stage, 1).size() == 1);
    stage.leave(1);
    bool is_recalled = false;
    bool is_given = false;
    for (const Effect& effect : stage.effects) {
        if (const auto* recalled = std::get_if<Recalled>(&effect)) {
            is_recalled = recalled->job == job && recalled->why == Errc::job_cancelled;
        }
        is_given = is_given || std::holds_alternative<Assigned>(effect);
    }
    CHECK(is_recalled);
    CHECK(is_given);
}

TEST_CASE("nodes are no members, and are announced to nobody") {
    Stage stage;
    stage.hub.watch(WatcherId{1}, "");
    join_node(stage, 1, 1);
    CHECK(stage.told<Announced>().empty());
    CHECK(stage.hub.rolls("", 9, stage.now).empty());
    CHECK(stage.hub.services(stage.now).empty());
    stage.part(1);
    CHECK(stage.told<Announced>().empty());
    CHECK(stage.hub.services(stage.now).empty());
}

TEST_CASE("a job that is lent goes to this node's own workers alone") {
    Stage stage;
    join_node(stage, 1, 5);
    stage.join(2);
    CHECK(stage.call(1, lent(7, 2)) == Uuid{.high = 2, .low = 7});
    auto jobs = given(stage, 2);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].attempt == 2);
    stage.call(2, lent(8));
    CHECK(stage.effects.empty());
    CHECK_FALSE(stage.answer(jobs[0].job, 2, "3"));
    CHECK(*stage.told<Finished>().at(0).outcome->body == "3");
}

TEST_CASE("what is lent takes turns with what is called here") {
    Stage stage;
    stage.join(1);
    stage.call(1, {});
    const Uuid own = stage.call(2, {});
    const Uuid second = stage.call(3, {});
    stage.call(4, lent(7));
    auto jobs = given(stage, 1);
    std::vector<Uuid> order;
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(stage.answer(jobs.at(0).job, 1));
        jobs = given(stage, 1);
        order.push_back(jobs.at(0).job);
    }
    CHECK(order == std::vector<Uuid>{{.high = 2, .low = 7}, own, second});
}

TEST_CASE("a job that is lent is tried once: then it is its node's again") {
    Stage stage;
    stage.join(1, 2);
    stage.join(2, 2);
    stage.call(1, lent(7));
    stage.pass(31s);
    CHECK(error_of(stage) == Errc::job_abandoned);
    stage.call(2, lent(8));
    const auto assigned = stage.told<Assigned>();
    stage.hub.part(assigned.at(0).worker, stage.now, stage.effects);
    CHECK(error_of(stage) == Errc::job_abandoned);
}

TEST_CASE("a job that is lent comes back where there is no worker, or no longer") {
    Stage stage;
    CHECK(stage.refused_call(1, lent(7)) == Errc::service_unavailable);
    CHECK(stage.hub.overview(stage.now).totals.refused == 0);
    join_node(stage, 1, 1);
    CHECK(stage.refused_call(1, lent(7)) == Errc::service_unavailable);
    stage.join(2);
    stage.call(1, lent(7));
    stage.call(2, lent(8));
    stage.call(3, lent(9));
    CHECK(given(stage, 2).size() == 1);
    stage.part(2);
    std::vector<Errc> errors;
    for (const Finished& finished : stage.told<Finished>()) {
        errors.push_back(finished.outcome.error().code);
    }
    CHECK(errors ==
          std::vector{Errc::job_abandoned, Errc::service_unavailable, Errc::service_unavailable});
    CHECK(stage.hub.open_jobs() == 0);
}

TEST_CASE("a job that is lent may come again when it has ended, and not before") {
    Stage stage;
    stage.join(1);
    stage.call(1, lent(7));
    CHECK(stage.refused_call(2, lent(7)) == Errc::already_started);
    CHECK_FALSE(stage.answer({.high = 2, .low = 7}, 1));
    CHECK_FALSE(stage.hub.find({.high = 2, .low = 7}, stage.now));
    stage.call(3, lent(7, 2));
    CHECK(given(stage, 1).back().attempt == 2);
}

TEST_CASE("a job that is lent is nobody's call here") {
    Stage stage;
    stage.join(1);
    stage.call(1, lent(7));
    stage.call(2, lent(8));
    const ServiceView view = stage.hub.services(stage.now).at(0);
    CHECK(view.queued == 0);
    CHECK(view.working == 0);
    stage.leave(1);
    stage.leave(2);
    CHECK(stage.hub.totals().calls == 0);
    CHECK(stage.hub.totals().cancelled == 0);
}

TEST_CASE("what is lent is there to be taken, too") {
    Stage stage;
    CHECK_FALSE(stage.hub.has_jobs("sum"));
    stage.join(5);
    stage.call(1, {});
    CHECK_FALSE(stage.hub.has_jobs("sum"));
    stage.call(2, {.lent = Uuid{.high = 2, .low = 1}, .attempt = 1});
    CHECK(stage.hub.has_jobs("sum"));
}

TEST_CASE("workers of other nodes are shown and announced like this node's own") {
    Stage stage;
    stage.join(5);
    stage.hub.watch(WatcherId{1}, "sum");
    stage.effects.clear();
    const auto member = [](unsigned id) {
        return Member{.worker = WorkerId{id}, .service = "sum", .process = "b"};
    };
    stage.hub.tell({.process = "b",
                    .service = "sum",
                    .credit = 4,
                    .polls = 1,
                    .workers = 3,
                    .members = {member(2), member(1)}},
                   stage.effects);
    auto told = stage.told<Announced>();
    REQUIRE(told.size() == 2);
    CHECK(told[0].member.process == "b");
    CHECK(told[0].has_joined);
    CHECK(stage.hub.rolls("sum", 9, stage.now).at(0).members.size() == 3);
    CHECK(stage.hub.rolls("mean", 9, stage.now).empty());
    CHECK(stage.hub.service("sum", stage.now)->workers == 4);
    CHECK(stage.hub.services(stage.now).at(0).polls == 1);

    stage.hub.tell({.process = "b", .service = "sum", .workers = 1, .members = {member(2)}},
                   stage.effects);
    told = stage.told<Announced>();
    REQUIRE(told.size() == 1);
    CHECK_FALSE(told[0].has_joined);
    CHECK(told[0].member.worker == WorkerId{1});

    stage.part(5);
    stage.hub.tell({.process = "b", .service = "sum"}, stage.effects);
    CHECK(stage.told<Announced>().size() == 2);
    CHECK(stage.hub.services(stage.now).empty());
    CHECK_FALSE(stage.hub.service("sum", stage.now));
}

TEST_CASE("a node's capacity is what its own workers can do at once") {
    Stage stage;
    stage.hub.note_changes();
    join_node(stage, 1, 9);
    CHECK_FALSE(stage.hub.has_changes());
    stage.join(2, 3);
    stage.hub.note_changes();
    CHECK(stage.hub.has_changes());
    stage.poll(3);
    CHECK(stage.hub.take_changes() == std::set<std::string>{"sum"});
    Capacity capacity = stage.hub.capacity("sum", 9);
    CHECK(capacity.credit == 4);
    CHECK(capacity.polls == 1);
    CHECK(capacity.workers == 1);
    CHECK(capacity.members.size() == 1);

    // The worker that polled is there while it works, and so are those that registered.
    for (unsigned i = 1; i <= 4; ++i) stage.call(i, {});
    capacity = stage.hub.capacity("sum", 9);
    CHECK(capacity.credit == 4);
    CHECK(capacity.polls == 0);
    stage.part(2);
    CHECK(stage.hub.capacity("sum", 9).credit == 1);
    CHECK(stage.hub.capacity("mean", 9).credit == 0);
}

}  // namespace
