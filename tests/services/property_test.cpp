// Random callers, workers, deaths and time, against what a hub promises.

#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "services/stage.hpp"

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

constexpr Options options{.max_queued = 12,
                          .max_jobs = 30,
                          .timeout = 4s,
                          .lease = 900ms,
                          .attempts = 3,
                          .keep = 5s,
                          .max_kept = 20};

class World {
public:
    explicit World(unsigned seed) : random_(seed), stage_(options) {}

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            act();
            check_effects();
            for (const auto& [job, worker] : std::exchange(recalled_, {})) {
                answer(job, worker);
                check_effects();
            }
            check_state();
        }
        finish();
    }

    std::size_t answered = 0;
    std::size_t retried = 0;
    std::size_t unanswered = 0;
    std::size_t given_to_nodes = 0;
    std::size_t lent = 0;

private:
    struct JobState {
        Time deadline;
        unsigned attempts = 0;
        WorkerId holder = WorkerId::none;
        bool is_held = false;
        Time lease_end{};
        bool has_answer = false;
        bool is_over = false;
        bool is_kept = false;
        bool is_lent = false;
        unsigned attempts_before = 0;
    };
    struct WorkerState {
        unsigned credit = 1;
        bool is_stand_in = false;
        std::string service;
        std::set<std::uint64_t> has;  ///< Jobs that take up a place, by the low half of their id.
    };

    /// Jobs are named by the low half of their ids, in which these are apart from the hub's.
    static constexpr std::uint64_t first_lent = 1'000'000;

    static Uuid id_of(std::uint64_t low) { return {.high = 1, .low = low}; }

    unsigned pick(unsigned most) { return std::uniform_int_distribution(0U, most - 1)(random_); }

    template <typename Map>
    typename Map::iterator any(Map& map) {
        return std::next(map.begin(), pick(static_cast<unsigned>(map.size())));
    }

    std::string service() { return pick(2) == 0 ? "sum" : "mean"; }

    void act() {
        switch (pick(13)) {
            case 0:
            case 1:
            case 2:
                return call();
            case 3:
                return join();
            case 4:
                return poll();
            case 5:
            case 6:
                return answer();
            case 7:
                return pass();
            case 8:
                return pick(2) == 0 ? leave() : part();
            case 9:
                return progress();
            case 10:
                return lend();
            case 11:
                return set_credit();
            case 12:
                return return_job();
        }
    }

    void call() {
        Call call{.service = service(),
                  .command = {},
                  .body = Stage::text("{}"),
                  .caller = std::to_string(pick(3)),
                  .timeout = std::chrono::milliseconds(1 + pick(3000))};
        const auto timeout = *call.timeout;
        const bool has_key = pick(4) == 0;
        if (has_key) call.key = std::to_string(pick(3));
        const bool is_kept = has_key || pick(4) == 0;
        call.is_kept = is_kept;
        const CallId id{++calls_};
        waiting_[id] = stage_.now + timeout;
        const auto job = stage_.hub.call(id, std::move(call), stage_.now, stage_.effects);
        if (!job) {
            waiting_.erase(id);
            const Errc code = job.error().code;
            CHECK((code == Errc::queue_full || code == Errc::limit_reached));
            return;
        }
        const auto [known, is_new] = jobs_.try_emplace(job->low);
        if (!is_new) {
            CHECK(has_key);
            return;
        }
        known->second.deadline = stage_.now + timeout;
        known->second.is_kept = is_kept;
    }

    void join() {
        if (workers_.size() > 5) return;
        const WorkerId id{++worker_ids_};
        const bool is_stand_in = pick(3) == 0;
        workers_[id] = {.credit = is_stand_in ? pick(3) : 1 + pick(3),
                        .is_stand_in = is_stand_in,
                        .service = service(),
                        .has = {}};
        REQUIRE_FALSE(stage_.hub.join({.worker = id,
                                       .service = workers_[id].service,
                                       .commands = {},
                                       .about = {},
                                       .credit = workers_[id].credit,
                                       .is_stand_in = is_stand_in},
                                      stage_.now, stage_.effects));
    }

    void poll() {
        const WorkerId id{++worker_ids_};
        polls_.insert(id);
        REQUIRE_FALSE(stage_.hub.poll(id, service(), 1 + pick(3),
                                      stage_.now + std::chrono::milliseconds(pick(1500)),
                                      stage_.now, stage_.effects));
    }

    void lend() {
        const Uuid job = id_of(first_lent + pick(40));
        Call call{.service = service(),
                  .body = Stage::text("{}"),
                  .caller = "another node",
                  .timeout = std::chrono::milliseconds(1 + pick(3000)),
                  .lent = job,
                  .attempt = 1 + pick(3)};
        const auto timeout = *call.timeout;
        const unsigned before = call.attempt - 1;
        const CallId id{++calls_};
        const bool is_open = jobs_.contains(job.low) && !jobs_.at(job.low).is_over;
        const auto called = stage_.hub.call(id, std::move(call), stage_.now, stage_.effects);
        if (!called) {
            const Errc code = called.error().code;
            CHECK((code == Errc::queue_full || code == Errc::limit_reached ||
                   code == Errc::service_unavailable || code == Errc::already_started));
            return;
        }
        CHECK_FALSE(is_open);
        CHECK(*called == job);
        ++lent;
        waiting_[id] = stage_.now + timeout;
        jobs_[job.low] = {.deadline = stage_.now + timeout,
                          .attempts = before,
                          .is_lent = true,
                          .attempts_before = before};
    }

    void set_credit() {
        if (workers_.empty()) return;
        auto& [id, worker] = *any(workers_);
        worker.credit = pick(4) + (worker.is_stand_in ? 0 : 1);
        stage_.hub.set_credit(id, worker.credit, stage_.now, stage_.effects);
    }

    void return_job() {
        for (auto& [low, job] : jobs_) {
            if (!job.is_held || job.holder == WorkerId::none) continue;
            const auto worker = workers_.find(job.holder);
            if (worker == workers_.end() || !worker->second.is_stand_in) continue;
            job.is_held = false;
            worker->second.has.erase(low);
            if (pick(2) == 0) {
                --job.attempts;
                stage_.hub.give_back(id_of(low), worker->first, job.attempts + 1, stage_.now,
                                     stage_.effects);
            } else {
                stage_.hub.give_up(id_of(low), worker->first, job.attempts, stage_.now,
                                   stage_.effects);
            }
            return;
        }
    }

    void answer() {
        if (jobs_.empty()) return;
        const auto& [low, job] = *any(jobs_);
        if (job.attempts == 0) return;
        answer(low, pick(3) == 0 && !workers_.empty() ? any(workers_)->first : job.holder);
    }

    void answer(std::uint64_t low, WorkerId from) {
        const JobState before = jobs_.at(low);
        const auto error = stage_.answer(id_of(low), static_cast<unsigned>(from));
        if (const auto worker = workers_.find(from); worker != workers_.end()) {
            worker->second.has.erase(low);
        }
        if (error) return;
        CHECK_FALSE(before.is_over);
        CHECK_FALSE(before.has_answer);
        CHECK(stage_.now < before.deadline);
        jobs_.at(low).has_answer = true;
        ++answered;
    }

    void pass() { stage_.pass(std::chrono::milliseconds(pick(400))); }

    void leave() {
        if (waiting_.empty()) return;
        const auto caller = std::next(waiting_.begin(), pick(unsigned(waiting_.size())));
        stage_.hub.leave(caller->first, stage_.now, stage_.effects);
        waiting_.erase(caller);
    }

    void part() {
        if (pick(2) == 0 && !polls_.empty()) {
            stage_.hub.part(*polls_.begin(), stage_.now, stage_.effects);
            polls_.erase(polls_.begin());
        } else if (!workers_.empty()) {
            const auto worker = any(workers_);
            for (auto& [low, job] : jobs_) {
                if (job.is_held && job.holder == worker->first) job.is_held = false;
            }
            stage_.hub.part(worker->first, stage_.now, stage_.effects);
            workers_.erase(worker);
        }
    }

    void progress() {
        if (jobs_.empty()) return;
        auto& [low, job] = *any(jobs_);
        if (!job.is_held) return;
        const auto error = stage_.hub.progress(id_of(low), job.holder, Stage::text("0"), stage_.now,
                                               stage_.effects);
        const auto worker = workers_.find(job.holder);
        const bool is_stand_in = worker != workers_.end() && worker->second.is_stand_in;
        if (!error && !is_stand_in) job.lease_end = stage_.now + options.lease;
    }

    void check_effects() {
        for (const Effect& effect : std::exchange(stage_.effects, {})) {
            std::visit([this](const auto& one) { check(one); }, effect);
        }
    }

    void check(const Assigned& assigned) {
        const bool is_poll = polls_.erase(assigned.worker) != 0;
        const auto worker = workers_.find(assigned.worker);
        REQUIRE((is_poll || worker != workers_.end()));
        REQUIRE((is_poll || assigned.jobs.size() == 1));
        for (const Assignment& assignment : assigned.jobs) {
            JobState& job = jobs_.at(assignment.job.low);
            CHECK_FALSE(job.is_over);
            CHECK(stage_.now < job.deadline);
            // Nobody else has it: whoever had it is gone, or its lease is over.
            CHECK((!job.is_held || job.lease_end <= stage_.now));
            CHECK(assignment.attempt == job.attempts + 1);
            CHECK((assignment.attempt <= options.attempts || job.is_lent));
            CHECK((!job.is_lent || assignment.attempt == job.attempts_before + 1));
            CHECK(assignment.lease <= job.deadline - stage_.now);
            if (assignment.attempt > 1) ++retried;
            job.attempts = assignment.attempt;
            job.holder = is_poll ? WorkerId::none : assigned.worker;
            job.is_held = true;
            job.lease_end = stage_.now + options.lease;
            if (is_poll) continue;
            if (worker->second.is_stand_in) {
                CHECK_FALSE(job.is_lent);
                job.lease_end = job.deadline;
                ++given_to_nodes;
            }
            CHECK(assignment.service == worker->second.service);
            worker->second.has.insert(assignment.job.low);
            CHECK(worker->second.has.size() <= worker->second.credit);
        }
    }

    void check(const Recalled& recalled) {
        const auto worker = workers_.find(recalled.worker);
        if (worker == workers_.end()) return;
        CHECK(jobs_.at(recalled.job.low).attempts > 0);
        if (worker->second.is_stand_in) CHECK(recalled.why != Errc::job_abandoned);
        // Its place is taken until it answers, which it does soon or never.
        worker->second.has.erase(recalled.job.low);
        if (pick(2) == 0) recalled_.emplace_back(recalled.job.low, recalled.worker);
        JobState& job = jobs_.at(recalled.job.low);
        if (job.holder == recalled.worker) job.is_held = false;
    }

    void check(const Progressed& progressed) { CHECK(waiting_.contains(progressed.call)); }

    void check(const Finished& finished) {
        const auto caller = waiting_.extract(finished.call);
        REQUIRE(caller);
        JobState& job = jobs_[finished.job.low];
        const bool is_expired =
            !finished.outcome && finished.outcome.error().code == Errc::job_expired;
        if (is_expired && caller.mapped() < job.deadline) {
            CHECK(job.is_kept);
            CHECK(caller.mapped() <= stage_.now);
            return;
        }
        job.is_over = true;
        job.is_held = false;
        if (finished.outcome) return;
        ++unanswered;
        const Errc code = finished.outcome.error().code;
        if (job.is_lent) {
            if (code == Errc::job_abandoned) CHECK(job.attempts == job.attempts_before + 1);
            if (code == Errc::service_unavailable) CHECK(job.attempts == job.attempts_before);
            return;
        }
        if (code == Errc::service_unavailable) CHECK(job.attempts == 0);
        if (code == Errc::job_expired) CHECK(job.attempts > 0);
        if (code == Errc::job_abandoned) CHECK(job.attempts == options.attempts);
        if (code != Errc::job_abandoned) CHECK(stage_.now >= job.deadline);
    }

    void check(const Announced&) {}

    void check_state() {
        for (const auto& [call, until] : waiting_) CHECK(stage_.now < until);
        std::size_t open = 0;
        for (auto& [low, job] : jobs_) {
            const auto view = stage_.hub.find(id_of(low), stage_.now);
            if (!view || view->state == JobView::State::ended) {
                job.is_over = true;
                job.is_held = false;
                continue;
            }
            ++open;
            CHECK_FALSE(job.has_answer);
            CHECK(stage_.now < job.deadline);
            if (view->state == JobView::State::working) CHECK(job.lease_end > stage_.now);
            if (job.is_lent) {
                CHECK((view->state == JobView::State::working ||
                       stage_.hub.capacity(view->service, 0).credit > 0));
            }
        }
        CHECK(open == stage_.hub.open_jobs());
        CHECK(open <= options.max_jobs);
        for (const ServiceView& service : stage_.hub.services(stage_.now)) {
            if (service.queued > 0) CHECK(service.polls == 0);
        }
    }

    void finish() {
        while (const auto next = stage_.hub.deadline()) {
            stage_.now = *next;
            stage_.hub.advance(stage_.now, stage_.effects);
            check_effects();
        }
        CHECK(waiting_.empty());
        CHECK(polls_.empty());
        CHECK(stage_.hub.open_jobs() == 0);
        for (const auto& [id, worker] : workers_) {
            stage_.hub.part(id, stage_.now, stage_.effects);
        }
        CHECK(stage_.hub.services(stage_.now).empty());
    }

    std::mt19937 random_;
    Stage stage_;
    std::map<std::uint64_t, JobState> jobs_;
    std::map<WorkerId, WorkerState> workers_;
    std::set<WorkerId> polls_;
    std::map<CallId, Time> waiting_;                            ///< And how long.
    std::vector<std::pair<std::uint64_t, WorkerId>> recalled_;  ///< To be answered all the same.
    std::uint64_t calls_ = 0;
    std::uint64_t worker_ids_ = 0;
};

TEST_CASE("no job is lost, answered twice, or held past its lease") {
    std::size_t answered = 0;
    std::size_t retried = 0;
    std::size_t unanswered = 0;
    std::size_t given_to_nodes = 0;
    std::size_t lent = 0;
    for (unsigned seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        World world(seed);
        world.run(400);
        answered += world.answered;
        retried += world.retried;
        unanswered += world.unanswered;
        given_to_nodes += world.given_to_nodes;
        lent += world.lent;
    }
    // It has seen something.
    CHECK(answered > 1000);
    CHECK(retried > 1000);
    CHECK(unanswered > 1000);
    CHECK(given_to_nodes > 500);
    CHECK(lent > 500);
}

}  // namespace
