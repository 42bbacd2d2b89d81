#include "services/hub.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "services/service_name.hpp"

namespace gateway::services {
namespace {

using std::chrono::milliseconds;
using What = Agenda::Due::What;

/// What a job takes besides its texts: its entries in the maps.
constexpr std::size_t job_overhead = 512;

std::size_t size_of(const Call& call) {
    return job_overhead + call.service.size() + call.command.size() + call.caller.size() +
           call.key.size() + call.body->size();
}

std::string key_of(const Call& call) { return fmt::format("{} {}", call.service, call.key); }

std::size_t fingerprint_of(const Call& call) {
    const std::hash<std::string_view> hash;
    return hash(call.command) * 31 + hash(*call.body);
}

}  // namespace

Hub::Hub(const Options& options, Ids ids)
    : options_(options),
      ids_(std::move(ids)),
      kept_({options.keep, options.max_kept, options.max_kept_bytes},
            [this](const Archive::Ended& ended) {
                const auto known = keys_.find(ended.key);
                if (known != keys_.end() && known->second.job == ended.view.id) keys_.erase(known);
            }),
      recent_({options.keep, options.max_kept, options.max_kept_bytes},
              [](const Archive::Ended&) {}) {}

Result<Uuid> Hub::call(CallId id, Call call, Time now, Effects& out) {
    advance(now, out);
    const std::size_t bytes = size_of(call);
    if (!is_service_name(call.service)) {
        ++totals_.refused;
        return Error(Errc::invalid_service);
    }
    if (!call.key.empty()) {
        call.key = key_of(call);
        call.is_kept = true;
        if (auto earlier = repeat(id, call, now, out)) return *std::move(earlier);
    }
    if (auto refusal = refusal_of(call)) {
        // One that is lent was let in where it was called.
        if (!call.lent) ++totals_.refused;
        return *std::move(refusal);
    }

    if (!call.lent) ++totals_.calls;
    const Uuid job_id = call.lent ? *call.lent : ids_();
    const unsigned attempts = call.lent ? call.attempt - 1 : 0;
    Service& service = services_[call.service];
    const auto timeout =
        std::clamp(call.timeout.value_or(options_.timeout), milliseconds(1), options_.max_timeout);
    if (!call.key.empty()) keys_[call.key] = {job_id, fingerprint_of(call)};
    const auto deadline_entry = agenda_.add(now + timeout, {What::deadline, job_id, {}});
    auto [entry, is_new] = jobs_.try_emplace(job_id, Job{.id = job_id,
                                                         .call = std::move(call),
                                                         .service = &service,
                                                         .bytes = bytes,
                                                         .since = now,
                                                         .deadline = now + timeout,
                                                         .deadline_entry = deadline_entry,
                                                         .attempts = attempts});
    assert(is_new);
    Job& job = entry->second;
    bytes_ += bytes;
    job.waiting.push_back(id);
    calls_.emplace(id, Waiting{job_id});
    job.place = queue_of(service, job.call).add(job.call.caller, {job_id, bytes, now});
    deal(service, now, out);
    return job_id;
}

std::optional<Error> Hub::refusal_of(const Call& call) const {
    if (is_draining_) return Errc::draining;
    const std::size_t bytes = size_of(call);
    const auto found = services_.find(call.service);
    if (call.lent && (found == services_.end() || !found->second.has_workers())) {
        return Errc::service_unavailable;
    }
    if (call.lent && jobs_.contains(*call.lent)) return Errc::already_started;
    const bool goes_at_once =
        found != services_.end() &&
        (!found->second.free.empty() || (!call.lent && !found->second.free_stand_ins.empty()));
    if (found != services_.end() && !goes_at_once) {
        const FairQueue& queue = call.lent ? found->second.lent : found->second.queue;
        if (queue.size() >= options_.max_queued) {
            return Error(Errc::queue_full, "services.max_queued jobs wait for this service");
        }
        if (queue.size_of(call.caller) >= options_.max_queued_of_caller) {
            return Error(Errc::queue_full, "services.max_queued_of_caller jobs of yours wait here");
        }
        if (!queue.empty() && queue.bytes() + bytes > options_.max_queued_bytes) {
            return Error(Errc::queue_full, "services.max_queued_bytes wait for this service");
        }
    }
    if (jobs_.size() >= options_.max_jobs) {
        return Error(Errc::limit_reached, "services.max_jobs are open");
    }
    if (!jobs_.empty() && bytes_ + bytes > options_.max_bytes) {
        return Error(Errc::limit_reached, "the open jobs take services.max_bytes");
    }
    return std::nullopt;
}

std::optional<Result<Uuid>> Hub::repeat(CallId id, const Call& call, Time now, Effects& out) {
    const auto known = keys_.find(call.key);
    if (known == keys_.end()) return std::nullopt;
    const auto [job_id, fingerprint] = known->second;
    const auto open = jobs_.find(job_id);
    const Archive::Ended* const ended = open == jobs_.end() ? kept_.find(job_id, now) : nullptr;
    if (open == jobs_.end() && !ended) return std::nullopt;
    if (fingerprint != fingerprint_of(call)) {
        ++totals_.refused;
        return Result<Uuid>(Error(Errc::key_reused));
    }
    if (!ended && open->second.waiting.size() >= options_.max_callers_of_job) {
        ++totals_.refused;
        return Result<Uuid>(
            Error(Errc::queue_full, "services.max_callers_of_job wait for this key's job"));
    }
    ++totals_.repeats;
    if (ended) {
        out.emplace_back(Finished{id, job_id, *ended->view.outcome});
    } else {
        open->second.waiting.push_back(id);
        Waiting& waiting = calls_.emplace(id, Waiting{job_id}).first->second;
        if (call.timeout && now + *call.timeout < open->second.deadline) {
            waiting.end = agenda_.add(now + *call.timeout, {What::call, job_id, {}, id});
        }
    }
    return Result<Uuid>(job_id);
}

void Hub::leave(CallId id, Time now, Effects& out, Errc why) {
    advance(now, out);
    if (!calls_.contains(id)) return;
    const auto job = stop_waiting(id);
    if (!job->second.waiting.empty() || job->second.call.is_kept) return;
    end(job, Error(why), now, out);
}

Hub::Jobs::iterator Hub::stop_waiting(CallId id) {
    const Waiting waiting = calls_.extract(id).mapped();
    if (waiting.end) agenda_.remove(*waiting.end);
    const auto job = jobs_.find(waiting.job);
    std::erase(job->second.waiting, id);
    return job;
}

std::optional<Error> Hub::cancel(const Uuid& id, Time now, Effects& out) {
    advance(now, out);
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) return refusal_of_answer(id, now);
    end(job, Error(Errc::job_cancelled), now, out);
    return std::nullopt;
}

std::optional<Error> Hub::progress(const Uuid& id, WorkerId from, Text body, Time now,
                                   Effects& out) {
    advance(now, out);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return refusal_of_answer(id, now);
    Job& job = found->second;
    if (job.lease && !job.lease->end && from == WorkerId::none) {
        return Error(Errc::job_not_found, "progress is reported to the server that gave the job");
    }
    if (!job.lease)
        return Error(Errc::job_expired, "the job waits for a worker, and nobody has it");
    if (job.lease->worker != from) {
        return Error(Errc::job_expired, "the job is another worker's by now");
    }
    if (job.lease->end) {
        agenda_.remove(*job.lease->end);
        job.lease->end = agenda_.add(now + options_.lease, {What::lease, id, from});
    }
    for (const CallId call : job.waiting) out.emplace_back(Progressed{call, id, body});
    return std::nullopt;
}

std::optional<Error> Hub::answer(const Uuid& id, WorkerId from, Answer answer, Time now,
                                 Effects& out) {
    advance(now, out);
    free_place(id, from, now, out);
    const auto job = jobs_.find(id);
    if (job == jobs_.end()) {
        ++totals_.late;
        return refusal_of_answer(id, now);
    }
    if (job->second.lease && job->second.lease->worker == from) end_lease(job->second);
    end(job, std::move(answer), now, out);
    return std::nullopt;
}

Error Hub::refusal_of_answer(const Uuid& id, Time now) {
    const Archive::Ended* ended = kept_.find(id, now);
    if (!ended) ended = recent_.find(id, now);
    if (!ended) return Errc::job_not_found;
    const Outcome& outcome = *ended->view.outcome;
    return outcome ? Error(Errc::job_answered) : Error(outcome.error().code);
}

void Hub::advance(Time now, Effects& out) {
    // Nothing is dealt before all that is due has ended: it could be among that.
    is_advancing_ = true;
    while (const auto next = agenda_.take(now)) due(*next, now, out);
    is_advancing_ = false;
    for (const std::string& service : std::exchange(unsettled_, {})) settle(service, now, out);
}

void Hub::due(const Agenda::Due& due, Time now, Effects& out) {
    switch (due.what) {
        case What::deadline: {
            const auto job = jobs_.find(due.job);
            job->second.deadline_entry.reset();
            const bool was_begun = job->second.attempts > 0;
            return end(job, Error(was_begun ? Errc::job_expired : Errc::service_unavailable), now,
                       out);
        }
        case What::lease:
            return lease_due(due.job, now, out);
        case What::place: {
            Worker& worker = workers_.at(due.worker);
            worker.recalled.erase(due.job);
            seat(due.worker, worker);
            return settle(worker.member.service, now, out);
        }
        case What::call: {
            calls_.at(due.call).end.reset();
            stop_waiting(due.call);
            out.emplace_back(Finished{
                due.call, due.job,
                Error(Errc::job_expired, "your time is over; the job of your key goes on")});
            return;
        }
        case What::poll: {
            const auto worker = workers_.find(due.worker);
            worker->second.poll_end.reset();
            return end_poll(worker, {}, out);
        }
    }
}

void Hub::lease_due(const Uuid& id, Time now, Effects& out) {
    const auto job = jobs_.find(id);
    const WorkerId worker = job->second.lease->worker;
    job->second.lease->end.reset();
    end_lease(job->second);
    if (worker != WorkerId::none) out.emplace_back(Recalled{worker, id, Errc::job_expired});
    retry(job, now, out);
}

void Hub::stop(Time now, Effects& out) {
    advance(now, out);
    is_draining_ = is_stopped_ = true;
    while (!jobs_.empty()) end(jobs_.begin(), Error(Errc::draining), now, out);
    std::vector<WorkerId> polls;
    for (const auto& [id, worker] : workers_) {
        if (worker.poll_end) polls.push_back(id);
    }
    for (const WorkerId id : polls) end_poll(workers_.find(id), {}, out);
}

void Hub::settle(const std::string& name, Time now, Effects& out) {
    if (is_advancing_) return unsettled_.push_back(name);
    const auto found = services_.find(name);
    if (found == services_.end()) return;
    deal(found->second, now, out);
    if (!found->second.has_workers()) return_lent(found->second, now, out);
    close_if_idle(found);
}

void Hub::return_lent(Service& service, Time now, Effects& out) {
    is_advancing_ = true;
    while (!service.lent.empty()) {
        const auto job = jobs_.find(service.lent.take());
        job->second.place.reset();
        end(job, Error(Errc::service_unavailable), now, out);
    }
    is_advancing_ = false;
    unsettled_.clear();
}

FairQueue& Hub::queue_of(Service& service, const Call& call) {
    return call.lent ? service.lent : service.queue;
}

void Hub::note(const std::string& service) {
    if (changes_) changes_->insert(service);
}

void Hub::close_if_idle(Services::iterator found) {
    const Service& service = found->second;
    if (service.queue.empty() && service.lent.empty() && !service.has_workers() &&
        service.stand_ins == 0 && service.working == 0) {
        services_.erase(found);
    }
}

void Hub::end_lease(Job& job) {
    const Lease lease = *std::exchange(job.lease, std::nullopt);
    if (lease.end) agenda_.remove(*lease.end);
    uncount(job);
    if (lease.worker == WorkerId::none) {
        --job.service->polled;
        note(job.call.service);
    }
    const auto worker = workers_.find(lease.worker);
    if (worker == workers_.end()) return;
    worker->second.jobs.erase(job.id);
    seat(lease.worker, worker->second);
}

void Hub::uncount(Job& job) {
    --job.service->working;
    if (job.call.lent) --job.service->working_lent;
}

void Hub::retry(Jobs::iterator found, Time now, Effects& out) {
    Job& job = found->second;
    if (job.attempts >= options_.attempts || job.call.lent)
        return end(found, Error(Errc::job_abandoned), now, out);
    ++totals_.retries;
    queue_first(job);
    settle(std::string(job.call.service), now, out);
}

void Hub::end(Jobs::iterator found, Outcome outcome, Time now, Effects& out) {
    const auto node = jobs_.extract(found);
    Job& job = node.mapped();
    if (job.place) queue_of(*job.service, job.call).remove(*job.place);
    if (job.lease) recall(job, outcome ? Errc::job_answered : outcome.error().code, out);
    if (job.deadline_entry) agenda_.remove(*job.deadline_entry);
    bytes_ -= job.bytes;
    for (const CallId call : job.waiting) {
        const Waiting waiting = calls_.extract(call).mapped();
        if (waiting.end) agenda_.remove(*waiting.end);
        out.emplace_back(Finished{call, job.id, outcome});
    }
    const std::string service = job.call.service;
    if (!job.call.lent) {
        totals_.count(outcome);
        keep(job, std::move(outcome), now);
    }
    settle(service, now, out);
}

void Hub::keep(Job& job, Outcome outcome, Time now) {
    // Only an answer is worth repeating: a call that got none may be made again with its key.
    if (!outcome && !job.call.key.empty()) keys_.erase(job.call.key);
    const bool is_kept = job.call.is_kept;
    if (outcome && !is_kept) outcome = Answer{.body = nullptr, .is_failure = outcome->is_failure};
    (is_kept ? kept_ : recent_)
        .add({.view = {.id = job.id,
                       .service = std::move(job.call.service),
                       .command = std::move(job.call.command),
                       .state = JobView::State::ended,
                       .attempts = job.attempts,
                       .outcome = std::move(outcome)},
              .key = std::move(job.call.key)},
             now);
}

}  // namespace gateway::services
