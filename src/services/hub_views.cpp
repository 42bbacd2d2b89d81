// What a hub shows of itself.
#include <algorithm>
#include <map>
#include <utility>

#include "services/hub.hpp"

namespace gateway::services {
namespace {

bool is_empty(const ServiceView& view) {
    return view.queued == 0 && view.working == 0 && view.workers == 0 && view.polls == 0;
}

}  // namespace

std::optional<JobView> Hub::find(const Uuid& id, Time now) {
    const auto open = jobs_.find(id);
    if (open != jobs_.end()) {
        const Job& job = open->second;
        return JobView{.id = id,
                       .service = job.call.service,
                       .command = job.call.command,
                       .state = job.lease ? JobView::State::working : JobView::State::queued,
                       .attempts = job.attempts,
                       .outcome = std::nullopt};
    }
    const Archive::Ended* ended = kept_.find(id, now);
    if (!ended) ended = recent_.find(id, now);
    if (!ended) return std::nullopt;
    return ended->view;
}

ServiceView Hub::view_of(const std::string& name, const Service& service, Time now) {
    const Time since = service.queue.oldest().value_or(now);
    return {.name = name,
            .queued = service.queue.size(),
            .queued_bytes = service.queue.bytes(),
            .age = std::chrono::duration_cast<std::chrono::milliseconds>(now - since),
            .working = service.working - service.working_lent,
            .workers = service.members.size(),
            .polls = service.polls};
}

std::vector<ServiceView> Hub::services(Time now) const {
    std::map<std::string, ServiceView> all;
    for (const auto& [name, service] : services_) all.emplace(name, view_of(name, service, now));
    for (const auto& [name, count] : elsewhere_.counts()) {
        ServiceView& view = all.try_emplace(name, ServiceView{.name = name}).first->second;
        view.workers += count.workers;
        view.polls += count.polls;
    }
    std::vector<ServiceView> views;
    views.reserve(all.size());
    for (auto& [name, view] : all) {
        if (!is_empty(view)) views.push_back(std::move(view));
    }
    return views;
}

bool Hub::waits_for_workers() const {
    return std::ranges::any_of(services_, [](const auto& entry) {
        const Service& service = entry.second;
        return !service.members.empty() && !(service.queue.empty() && service.lent.empty());
    });
}

Overview Hub::overview(Time now) const {
    ServiceView all;
    for (const auto& [name, service] : services_) {
        const ServiceView one = view_of({}, service, now);
        all.queued += one.queued;
        all.queued_bytes += one.queued_bytes;
        all.age = std::max(all.age, one.age);
        all.working += one.working;
        all.workers += one.workers;
        all.polls += one.polls;
    }
    return {.all = std::move(all), .totals = totals_};
}

std::optional<ServiceView> Hub::service(const std::string& name, Time now) const {
    const auto found = services_.find(name);
    ServiceView view{.name = name};
    if (found != services_.end()) view = view_of(name, found->second, now);
    const Elsewhere::Count count = elsewhere_.count(name);
    view.workers += count.workers;
    view.polls += count.polls;
    if (is_empty(view)) return std::nullopt;
    return view;
}

bool Hub::has_jobs(const std::string& service) const {
    const auto found = services_.find(service);
    return found != services_.end() && !(found->second.queue.empty() && found->second.lent.empty());
}

void Hub::tell(Told told, Effects& out) {
    for (const auto& [member, has_joined] : elsewhere_.set(std::move(told))) {
        watchers_.announce(member, has_joined, out);
    }
}

std::vector<Member> Hub::first_members(const Service& service, std::size_t most) const {
    std::vector<Member> members;
    for (const WorkerId id : service.members) {
        if (members.size() == most) break;
        members.push_back(workers_.at(id).member);
    }
    return members;
}

std::vector<Roll> Hub::rolls(const std::string& name, std::size_t most, Time now) const {
    std::vector<Roll> rolls;
    if (name.empty()) {
        for (ServiceView& view : services(now)) rolls.push_back({.service = std::move(view)});
    } else if (auto view = service(name, now)) {
        rolls.push_back({.service = *std::move(view)});
    }
    for (Roll& roll : rolls) {
        const auto found = services_.find(roll.service.name);
        if (found != services_.end()) roll.members = first_members(found->second, most);
        elsewhere_.add_members(roll.service.name, most, roll.members);
        most -= roll.members.size();
    }
    return rolls;
}

Capacity Hub::capacity(const std::string& name, std::size_t most) const {
    const auto found = services_.find(name);
    if (found == services_.end()) return {};
    const Service& service = found->second;
    return {.credit = service.credit + static_cast<unsigned>(service.polls + service.polled),
            .polls = service.polls,
            .workers = service.members.size(),
            .members = first_members(service, most)};
}

void Hub::note_changes() {
    changes_.emplace();
    for (const auto& [name, service] : services_) {
        if (service.has_workers()) changes_->insert(name);
    }
}

}  // namespace gateway::services
