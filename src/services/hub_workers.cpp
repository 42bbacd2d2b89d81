// A hub's workers: who is there, who is free, and who is given what.
#include <algorithm>
#include <utility>

#include "services/hub.hpp"
#include "services/service_name.hpp"

namespace gateway::services {

using std::chrono::milliseconds;
using What = Agenda::Due::What;

std::optional<Error> Hub::worker_refusal(const std::string& service) const {
    if (!is_service_name(service)) return Error(Errc::invalid_service);
    if (workers_.size() >= options_.max_workers) {
        return Error(Errc::limit_reached, "services.max_workers are connected");
    }
    return std::nullopt;
}

std::optional<Error> Hub::join(Member member, Time now, Effects& out) {
    advance(now, out);
    if (auto refusal = worker_refusal(member.service)) return refusal;
    const WorkerId id = member.worker;
    Service& service = services_[member.service];
    if (member.is_stand_in) {
        ++service.stand_ins;
    } else {
        service.members.insert(id);
        service.credit += member.credit;
        watchers_.announce(member, true, out);
        note(member.service);
    }
    auto& worker =
        workers_.try_emplace(id, Worker{.member = std::move(member), .service = &service})
            .first->second;
    seat(id, worker);
    deal(service, now, out);
    return std::nullopt;
}

std::optional<Error> Hub::poll(WorkerId id, const std::string& name, std::size_t count, Time until,
                               Time now, Effects& out) {
    advance(now, out);
    if (auto refusal = worker_refusal(name)) return refusal;
    const auto found = services_.find(name);
    if (found != services_.end() && !(found->second.queue.empty() && found->second.lent.empty())) {
        Service& service = found->second;
        Assigned assigned{id, {}};
        const std::size_t most = std::clamp<std::size_t>(count, 1, options_.max_poll);
        while (assigned.jobs.size() < most && !(service.queue.empty() && service.lent.empty())) {
            assigned.jobs.push_back(hand(service, turn_of(service), WorkerId::none, false, now));
        }
        out.emplace_back(std::move(assigned));
        return std::nullopt;
    }
    if (until <= now || is_stopped_) {
        out.emplace_back(Assigned{id, {}});
        return std::nullopt;
    }
    Service& service = services_[name];
    ++service.polls;
    note(name);
    Worker waiting{.member = {.worker = id, .service = name, .commands = {}, .about = {}},
                   .service = &service,
                   .poll_end = agenda_.add(until, {What::poll, {}, id})};
    seat(id, workers_.try_emplace(id, std::move(waiting)).first->second);
    return std::nullopt;
}

void Hub::part(WorkerId id, Time now, Effects& out) {
    advance(now, out);
    const auto found = workers_.find(id);
    if (found == workers_.end()) return;
    Worker worker = std::move(found->second);
    unseat(worker);
    workers_.erase(found);
    for (const auto& [job, place] : worker.recalled) agenda_.remove(place);
    if (worker.poll_end) {
        agenda_.remove(*worker.poll_end);
        --worker.service->polls;
        note(worker.member.service);
    } else if (worker.member.is_stand_in) {
        --worker.service->stand_ins;
    } else {
        worker.service->members.erase(id);
        worker.service->credit -= worker.member.credit;
        note(worker.member.service);
        watchers_.announce(worker.member, false, out);
    }
    for (const Uuid& id_of_job : worker.jobs) {
        const auto job = jobs_.find(id_of_job);
        end_lease(job->second);
        retry(job, now, out);
    }
    settle(worker.member.service, now, out);
}

void Hub::give_back(const std::vector<Assignment>& jobs, Time now, Effects& out) {
    advance(now, out);
    for (const Assignment& assignment : jobs) {
        const auto found = jobs_.find(assignment.job);
        if (found == jobs_.end()) continue;
        Job& job = found->second;
        if (!job.lease || job.lease->worker != WorkerId::none ||
            job.attempts != assignment.attempt) {
            continue;
        }
        end_lease(job);
        --job.attempts;
        queue_first(job);
        settle(std::string(job.call.service), now, out);
    }
}

Hub::Jobs::iterator Hub::find_leased(const Uuid& id, WorkerId worker, unsigned attempt) {
    const auto job = jobs_.find(id);
    const bool has_it = job != jobs_.end() && job->second.lease &&
                        job->second.lease->worker == worker && job->second.attempts == attempt;
    return has_it ? job : jobs_.end();
}

void Hub::give_back(const Uuid& id, WorkerId from, unsigned attempt, Time now, Effects& out) {
    advance(now, out);
    const auto job = find_leased(id, from, attempt);
    if (job == jobs_.end()) return;
    end_lease(job->second);
    --job->second.attempts;
    queue_first(job->second);
    settle(std::string(job->second.call.service), now, out);
}

void Hub::give_up(const Uuid& id, WorkerId from, unsigned attempt, Time now, Effects& out) {
    advance(now, out);
    const auto job = find_leased(id, from, attempt);
    if (job == jobs_.end()) return;
    end_lease(job->second);
    retry(job, now, out);
}

void Hub::set_credit(WorkerId id, unsigned credit, Time now, Effects& out) {
    advance(now, out);
    const auto found = workers_.find(id);
    if (found == workers_.end()) return;
    Worker& worker = found->second;
    if (!worker.member.is_stand_in) {
        worker.service->credit += credit - worker.member.credit;
        note(worker.member.service);
    }
    worker.member.credit = credit;
    if (worker.jobs.size() + worker.recalled.size() >= credit) unseat(worker);
    seat(id, worker);
    settle(std::string(worker.member.service), now, out);
}

void Hub::free_place(const Uuid& job, WorkerId id, Time now, Effects& out) {
    const auto worker = workers_.find(id);
    if (worker == workers_.end()) return;
    const auto recalled = worker->second.recalled.find(job);
    if (recalled == worker->second.recalled.end()) return;
    agenda_.remove(recalled->second);
    worker->second.recalled.erase(recalled);
    seat(id, worker->second);
    settle(worker->second.member.service, now, out);
}

void Hub::deal(Service& service, Time now, Effects& out) {
    while (!(service.queue.empty() && service.lent.empty()) && !service.free.empty()) {
        const auto found = workers_.find(service.free.front());
        if (!found->second.poll_end) {
            assign(service, turn_of(service), found->first, now, out);
            continue;
        }
        std::vector<Assignment> jobs;
        jobs.push_back(hand(service, turn_of(service), WorkerId::none, false, now));
        end_poll(found, std::move(jobs), out);
    }
    // What this node's own can do is done here: the way to another costs more than a free worker.
    while (!service.queue.empty() && !service.free_stand_ins.empty()) {
        assign(service, service.queue, service.free_stand_ins.front(), now, out);
    }
}

FairQueue& Hub::turn_of(Service& service) {
    if (service.lent.empty()) return service.queue;
    if (service.queue.empty()) return service.lent;
    service.is_turn_of_lent = !service.is_turn_of_lent;
    return service.is_turn_of_lent ? service.lent : service.queue;
}

void Hub::assign(Service& service, FairQueue& queue, WorkerId id, Time now, Effects& out) {
    Worker& worker = workers_.at(id);
    Assignment job = hand(service, queue, id, worker.member.is_stand_in, now);
    unseat(worker);
    worker.jobs.insert(job.job);
    seat(id, worker);
    Assigned assigned{id, {}};
    assigned.jobs.push_back(std::move(job));
    out.emplace_back(std::move(assigned));
}

Assignment Hub::hand(Service& service, FairQueue& queue, WorkerId worker, bool is_stand_in,
                     Time now) {
    Job& job = jobs_.at(queue.take());
    job.place.reset();
    ++job.attempts;
    ++service.working;
    if (job.call.lent) ++service.working_lent;
    if (worker == WorkerId::none) ++service.polled;
    job.lease = Lease{worker, std::nullopt};
    const auto left = std::chrono::duration_cast<milliseconds>(job.deadline - now);
    if (!is_stand_in)
        job.lease->end = agenda_.add(now + options_.lease, {What::lease, job.id, worker});
    return {.job = job.id,
            .service = job.call.service,
            .command = job.call.command,
            .body = job.call.body,
            .attempt = job.attempts,
            .lease = is_stand_in ? left : std::min(options_.lease, left)};
}

void Hub::seat(WorkerId id, Worker& worker) {
    const std::size_t busy = worker.jobs.size() + worker.recalled.size();
    if (worker.place || busy >= worker.member.credit) return;
    auto& free = worker.member.is_stand_in ? worker.service->free_stand_ins : worker.service->free;
    worker.place = free.insert(free.end(), id);
}

void Hub::unseat(Worker& worker) {
    auto& free = worker.member.is_stand_in ? worker.service->free_stand_ins : worker.service->free;
    if (worker.place) free.erase(*worker.place);
    worker.place.reset();
}

void Hub::end_poll(Workers::iterator found, std::vector<Assignment> jobs, Effects& out) {
    Worker& worker = found->second;
    const std::string name = worker.member.service;
    unseat(worker);
    --worker.service->polls;
    note(name);
    if (worker.poll_end) agenda_.remove(*worker.poll_end);
    out.emplace_back(Assigned{found->first, std::move(jobs)});
    workers_.erase(found);
    close_if_idle(services_.find(name));
}

void Hub::queue_first(Job& job) {
    job.place = queue_of(*job.service, job.call).add_first({job.id, job.bytes, job.since});
}

void Hub::recall(Job& job, Errc why, Effects& out) {
    const auto worker = workers_.find(job.lease->worker);
    if (worker == workers_.end()) return end_lease(job);
    if (!job.lease->end) {
        end_lease(job);
        out.emplace_back(Recalled{worker->first, job.id, why});
        return;
    }
    const auto place = *job.lease->end;
    place->second.what = What::place;
    worker->second.jobs.erase(job.id);
    worker->second.recalled.emplace(job.id, place);
    job.lease.reset();
    uncount(job);
    out.emplace_back(Recalled{worker->first, job.id, why});
}

}  // namespace gateway::services
