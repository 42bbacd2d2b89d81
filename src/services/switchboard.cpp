#include "services/switchboard.hpp"

#include <algorithm>
#include <utility>

#include <asio/dispatch.hpp>

namespace gateway::services {

Switchboard::Switchboard(asio::any_io_executor executor, const Options& options, Clock clock)
    : executor_(std::move(executor)),
      options_(options),
      clock_(std::move(clock)),
      hub_(options, [this] { return far_ ? far_->make_id() : random_uuid(); }),
      timer_(executor_) {}

template <typename Work>
void Switchboard::enter(Work work) {
    asio::dispatch(executor_, [this, work = std::move(work)]() mutable {
        const Time now = clock_();
        work(now);
        deliver();
        set_timer(now);
        if (hub_.has_changes() && !std::exchange(is_changed_, true)) changed_();
        if (when_assigned_ && !hub_.waits_for_workers()) std::exchange(when_assigned_, {})();
        if (when_idle_ && hub_.open_jobs() == 0) std::exchange(when_idle_, {})();
    });
}

CallId Switchboard::call(Call call, Line<CallWord> line) {
    const CallId id{++last_id_};
    enter([this, id, call = std::move(call), line = std::move(line)](Time now) mutable {
        const bool is_kept = call.is_kept || !call.key.empty();
        const auto job = hub_.call(id, std::move(call), now, effects_);
        if (!job) return say_last(std::move(line), Outcome(job.error()));
        if (is_kept) say(line, Accepted{*job});
        calls_.emplace(id, std::move(line));
    });
    return id;
}

void Switchboard::leave(CallId call, Errc why) {
    enter([this, call, why](Time now) {
        calls_.erase(call);
        hub_.leave(call, now, effects_, why);
    });
}

WorkerId Switchboard::join(Member member, Line<WorkerWord> line) {
    const WorkerId id{++last_id_};
    member.worker = id;
    enter([this, id, member = std::move(member), line = std::move(line)](Time now) mutable {
        if (auto refusal = hub_.join(std::move(member), now, effects_)) {
            return say_last(std::move(line), *std::move(refusal));
        }
        say(line, Joined{});
        workers_.emplace(id, std::move(line));
    });
    return id;
}

WorkerId Switchboard::poll(std::string service, std::size_t count,
                           std::chrono::milliseconds timeout, Line<PollWord> line) {
    const WorkerId id{++last_id_};
    enter([this, id, service = std::move(service), count, timeout,
           line = std::move(line)](Time now) mutable {
        if (auto refusal = hub_.poll(id, service, count, now + timeout, now, effects_)) {
            return say_last(std::move(line), *std::move(refusal));
        }
        polls_.emplace(id, std::move(line));
    });
    return id;
}

void Switchboard::part(WorkerId worker) {
    enter([this, worker](Time now) {
        workers_.erase(worker);
        polls_.erase(worker);
        hub_.part(worker, now, effects_);
    });
}

void Switchboard::give_back(std::vector<Assignment> jobs) {
    enter([this, jobs = std::move(jobs)](Time now) { hub_.give_back(jobs, now, effects_); });
}

void Switchboard::set_credit(WorkerId worker, unsigned credit) {
    enter([this, worker, credit](Time now) { hub_.set_credit(worker, credit, now, effects_); });
}

void Switchboard::give_back(const Uuid& job, WorkerId from, unsigned attempt) {
    enter([this, job, from, attempt](Time now) {
        hub_.give_back(job, from, attempt, now, effects_);
    });
}

void Switchboard::give_up(const Uuid& job, WorkerId from, unsigned attempt) {
    enter(
        [this, job, from, attempt](Time now) { hub_.give_up(job, from, attempt, now, effects_); });
}

void Switchboard::tell(Told told) {
    enter([this, told = std::move(told)](Time) mutable { hub_.tell(std::move(told), effects_); });
}

void Switchboard::note_changes(std::function<void()> changed) {
    enter([this, changed = std::move(changed)](Time) mutable {
        changed_ = std::move(changed);
        hub_.note_changes();
    });
}

void Switchboard::take_capacities(std::size_t most,
                                  Line<std::vector<std::pair<std::string, Capacity>>> line) {
    enter([this, most, line = std::move(line)](Time) mutable {
        is_changed_ = false;
        std::vector<std::pair<std::string, Capacity>> changed;
        for (const std::string& service : hub_.take_changes()) {
            changed.emplace_back(service, hub_.capacity(service, most));
        }
        say_last(std::move(line), std::move(changed));
    });
}

void Switchboard::answer(const Uuid& job, WorkerId from, Answer answer,
                         Line<std::optional<Error>> line) {
    enter([this, job, from, answer = std::move(answer), line = std::move(line)](Time now) mutable {
        // Who polled is told what the job's own node says: that may have an answer already.
        const bool has_polled = from == WorkerId::none;
        FarJobs* const home = home_of(job, has_polled);
        if (home && has_polled) return home->answer(job, std::move(answer), std::move(line));
        // The place that it took up here is free in any case.
        auto refusal = hub_.answer(job, from, answer, now, effects_);
        if (home) return home->answer(job, std::move(answer), std::move(line));
        say_last(std::move(line), std::move(refusal));
    });
}

void Switchboard::progress(const Uuid& job, WorkerId from, Text body,
                           Line<std::optional<Error>> line) {
    enter([this, job, from, body = std::move(body), line = std::move(line)](Time now) mutable {
        if (FarJobs* const home = home_of(job, false)) {
            return home->progress(job, std::move(body), std::move(line));
        }
        say_last(std::move(line), hub_.progress(job, from, std::move(body), now, effects_));
    });
}

void Switchboard::cancel(const Uuid& job, Line<std::optional<Error>> line) {
    enter([this, job, line = std::move(line)](Time now) mutable {
        if (far_ && far_->is_far(job)) return far_->cancel(job, std::move(line));
        say_last(std::move(line), hub_.cancel(job, now, effects_));
    });
}

WatcherId Switchboard::watch(std::string service, std::size_t most, Line<WatchWord> line) {
    const WatcherId id{++last_id_};
    enter([this, id, service = std::move(service), most, line = std::move(line)](Time now) mutable {
        say(line, hub_.rolls(service, most, now));
        hub_.watch(id, service);
        watchers_.emplace(id, std::move(line));
    });
    return id;
}

void Switchboard::unwatch(WatcherId watcher, std::string service) {
    enter([this, watcher, service = std::move(service)](Time) {
        watchers_.erase(watcher);
        hub_.unwatch(watcher, service);
    });
}

void Switchboard::find(const Uuid& job, Line<Result<JobView>> line) {
    enter([this, job, line = std::move(line)](Time now) mutable {
        if (far_ && far_->is_far(job)) return far_->find(job, std::move(line));
        hub_.advance(now, effects_);
        auto view = hub_.find(job, now);
        if (!view) return say_last(std::move(line), Error(Errc::job_not_found));
        say_last(std::move(line), *std::move(view));
    });
}

void Switchboard::services(Line<std::vector<ServiceView>> line) {
    enter([this, line = std::move(line)](Time now) mutable {
        hub_.advance(now, effects_);
        say_last(std::move(line), hub_.services(now));
    });
}

void Switchboard::has_jobs(std::string service, Line<bool> line) {
    enter([this, service = std::move(service), line = std::move(line)](Time now) mutable {
        hub_.advance(now, effects_);
        say_last(std::move(line), hub_.has_jobs(service));
    });
}

void Switchboard::rolls(std::string service, std::size_t most, Line<std::vector<Roll>> line) {
    enter([this, service = std::move(service), most, line = std::move(line)](Time now) mutable {
        hub_.advance(now, effects_);
        say_last(std::move(line), hub_.rolls(service, most, now));
    });
}

void Switchboard::overview(Line<Overview> line) {
    enter([this, line = std::move(line)](Time now) mutable {
        say_last(std::move(line), hub_.overview(now));
    });
}

void Switchboard::drain(std::function<void()> assigned, std::function<void()> done) {
    enter([this, assigned = std::move(assigned), done = std::move(done)](Time) mutable {
        hub_.drain();
        when_assigned_ = std::move(assigned);
        when_idle_ = std::move(done);
    });
}

void Switchboard::stop() {
    enter([this](Time now) {
        is_stopped_ = true;
        hub_.stop(now, effects_);
        timer_.cancel();
    });
}

// A job that was lent to this node is this node's while it is open, unless its own must be asked.
FarJobs* Switchboard::home_of(const Uuid& job, bool must_ask) {
    return far_ && far_->is_far(job) && (must_ask || !hub_.is_open(job)) ? far_ : nullptr;
}

void Switchboard::deliver() {
    for (Effect& effect : effects_) {
        std::visit([this](auto& one) { tell(one); }, effect);
    }
    effects_.clear();
}

void Switchboard::tell(Assigned& assigned) {
    if (auto poll = polls_.extract(assigned.worker)) {
        return say_last(std::move(poll.mapped()), std::move(assigned.jobs));
    }
    const auto worker = workers_.find(assigned.worker);
    if (worker == workers_.end()) return;
    for (Assignment& job : assigned.jobs) say(worker->second, std::move(job));
}

void Switchboard::tell(Recalled& recalled) {
    const auto worker = workers_.find(recalled.worker);
    if (worker != workers_.end()) say(worker->second, Recall{recalled.job, recalled.why});
}

void Switchboard::tell(Progressed& progressed) {
    const auto call = calls_.find(progressed.call);
    if (call != calls_.end()) {
        say(call->second, Progress{progressed.job, std::move(progressed.body)});
    }
}

void Switchboard::tell(Finished& finished) {
    auto call = calls_.extract(finished.call);
    if (call) say_last(std::move(call.mapped()), std::move(finished.outcome));
}

void Switchboard::tell(Announced& announced) {
    const auto watcher = watchers_.find(announced.watcher);
    if (watcher == watchers_.end()) return;
    say(watcher->second, Change{std::move(announced.member), announced.has_joined});
}

void Switchboard::set_timer(Time now) {
    const auto next = hub_.deadline();
    if (is_stopped_ || !next || (wakes_at_ && *wakes_at_ <= *next)) return;
    wakes_at_ = next;
    timer_.expires_after(std::max(*next - now, Time::duration::zero()));
    timer_.async_wait([this](const asio::error_code& error) {
        if (error) return;
        wakes_at_.reset();
        enter([this](Time later) { hub_.advance(later, effects_); });
    });
}

}  // namespace gateway::services
