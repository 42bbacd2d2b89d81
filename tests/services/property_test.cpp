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

private:
    struct JobState {
        Time deadline;
        unsigned attempts = 0;
        WorkerId holder = WorkerId::none;
        bool is_held = false;
        Time lease_end;
        bool has_answer = false;
        bool is_over = false;
        bool is_kept = false;
    };
    struct WorkerState {
        unsigned credit = 1;
        std::string service;
        std::set<std::uint64_t> has;  ///< Jobs that take up a place, by the low half of their id.
    };

    unsigned pick(unsigned most) { return std::uniform_int_distribution(0U, most - 1)(random_); }

    template <typename Map>
    typename Map::iterator any(Map& map) {
        return std::next(map.begin(), pick(static_cast<unsigned>(map.size())));
    }

    std::string service() { return pick(2) == 0 ? "sum" : "mean"; }

    void act() {
        switch (pick(10)) {
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
        waiting_.insert(id);
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
        workers_[id] = {.credit = 1 + pick(3), .service = service(), .has = {}};
        REQUIRE_FALSE(stage_.hub.join({.worker = id,
                                       .service = workers_[id].service,
                                       .commands = {},
                                       .about = {},
                                       .credit = workers_[id].credit},
                                      stage_.now, stage_.effects));
    }

    void poll() {
        const WorkerId id{++worker_ids_};
        polls_.insert(id);
        REQUIRE_FALSE(stage_.hub.poll(id, service(), 1 + pick(3),
                                      stage_.now + std::chrono::milliseconds(pick(1500)),
                                      stage_.now, stage_.effects));
    }

    void answer() {
        if (jobs_.empty()) return;
        const auto& [low, job] = *any(jobs_);
        if (job.attempts == 0) return;
        answer(low, pick(3) == 0 && !workers_.empty() ? any(workers_)->first : job.holder);
    }

    void answer(std::uint64_t low, WorkerId from) {
        const JobState before = jobs_.at(low);
        const auto error = stage_.answer({.high = 1, .low = low}, static_cast<unsigned>(from));
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
        stage_.hub.leave(*caller, stage_.now, stage_.effects);
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
        const auto error = stage_.hub.progress({.high = 1, .low = low}, job.holder,
                                               Stage::text("0"), stage_.now, stage_.effects);
        if (!error) job.lease_end = stage_.now + options.lease;
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
            CHECK(assignment.attempt <= options.attempts);
            CHECK(assignment.lease <= job.deadline - stage_.now);
            if (assignment.attempt > 1) ++retried;
            job.attempts = assignment.attempt;
            job.holder = is_poll ? WorkerId::none : assigned.worker;
            job.is_held = true;
            job.lease_end = stage_.now + options.lease;
            if (is_poll) continue;
            CHECK(assignment.service == worker->second.service);
            worker->second.has.insert(assignment.job.low);
            CHECK(worker->second.has.size() <= worker->second.credit);
        }
    }

    void check(const Recalled& recalled) {
        const auto worker = workers_.find(recalled.worker);
        if (worker == workers_.end()) return;
        CHECK(jobs_.at(recalled.job.low).attempts > 0);
        // Its place is taken until it answers, which it does soon or never.
        worker->second.has.erase(recalled.job.low);
        if (pick(2) == 0) recalled_.emplace_back(recalled.job.low, recalled.worker);
        JobState& job = jobs_.at(recalled.job.low);
        if (job.holder == recalled.worker) job.is_held = false;
    }

    void check(const Progressed& progressed) { CHECK(waiting_.contains(progressed.call)); }

    void check(const Finished& finished) {
        CHECK(waiting_.erase(finished.call) == 1);
        JobState& job = jobs_[finished.job.low];
        job.is_over = true;
        job.is_held = false;
        if (finished.outcome) return;
        ++unanswered;
        const Errc code = finished.outcome.error().code;
        if (code == Errc::service_unavailable) CHECK(job.attempts == 0);
        if (code == Errc::job_expired) CHECK(job.attempts > 0);
        if (code == Errc::job_abandoned) CHECK(job.attempts == options.attempts);
        if (code != Errc::job_abandoned) CHECK(stage_.now >= job.deadline);
    }

    void check(const Announced&) {}

    void check_state() {
        std::size_t open = 0;
        for (auto& [low, job] : jobs_) {
            const auto view = stage_.hub.find({.high = 1, .low = low}, stage_.now);
            if (!view || view->state == JobView::State::ended) {
                job.is_over = true;
                job.is_held = false;
                continue;
            }
            ++open;
            CHECK_FALSE(job.has_answer);
            CHECK(stage_.now < job.deadline);
            if (view->state == JobView::State::working) CHECK(job.lease_end > stage_.now);
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
    std::set<CallId> waiting_;
    std::vector<std::pair<std::uint64_t, WorkerId>> recalled_;  ///< To be answered all the same.
    std::uint64_t calls_ = 0;
    std::uint64_t worker_ids_ = 0;
};

TEST_CASE("no job is lost, answered twice, or held past its lease") {
    std::size_t answered = 0;
    std::size_t retried = 0;
    std::size_t unanswered = 0;
    for (unsigned seed = 1; seed <= 100; ++seed) {
        CAPTURE(seed);
        World world(seed);
        world.run(400);
        answered += world.answered;
        retried += world.retried;
        unanswered += world.unanswered;
    }
    // It has seen something.
    CHECK(answered > 1000);
    CHECK(retried > 1000);
    CHECK(unanswered > 1000);
}

}  // namespace
