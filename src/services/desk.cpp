#include "services/desk.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "services/desk_line.hpp"
#include "services/service_name.hpp"
#include "wire/escape.hpp"
#include "wire/push.hpp"

namespace gateway::services {
namespace {

WorkerView view_of(const Member& member, std::string_view name) {
    return {.service = member.service,
            .worker = name,
            .commands = member.commands,
            .about = member.about,
            .credit = member.credit};
}

std::size_t size_of(const Register& wanted) {
    std::size_t bytes = wanted.about.value_or("").size();
    for (const std::string_view command : wanted.commands) bytes += command.size() + 3;
    return bytes;
}

std::optional<Error> refusal_of(const Register& wanted, const DeskOptions& options) {
    if (!is_service_name(wanted.service)) return Errc::invalid_service;
    if (wanted.credit > options.max_credit) {
        return Error(Errc::invalid_payload,
                     fmt::format("p.credit is above services.max_credit, {}", options.max_credit));
    }
    if (size_of(wanted) > options.max_about_bytes) {
        return Error(Errc::limit_reached, fmt::format("p.commands and p.about take more than "
                                                      "services.max_about_bytes allows: {}",
                                                      options.max_about_bytes));
    }
    return std::nullopt;
}

}  // namespace

Desk::Desk(DeskShard& shard, Owner& owner, std::string client)
    : shard_(shard),
      owner_(owner),
      client_(std::move(client)),
      self_(std::make_shared<Desk*>(this)) {}

Desk::~Desk() {
    self_.reset();
    for (const auto& [service, worker] : workers_) shard_.switchboard.part(worker.id);
    for (const auto& [token, calling] : calls_) shard_.switchboard.leave(calling.id);
    for (const auto& [service, watch] : watches_) shard_.switchboard.unwatch(watch.id, service);
    if (listener_) shard_.events.remove(*listener_);
}

bool Desk::is_idle() const {
    const bool waits = shard_.keeps_workers && !workers_.empty();
    return calls_.empty() && !jobs_.has_any() && !waits;
}

std::string Desk::name_of(const Member& member) const {
    const std::string& process = member.process.empty() ? shard_.node.process : member.process;
    return fmt::format("{}.{}", process, static_cast<std::uint64_t>(member.worker));
}

std::optional<Error> Desk::join(const Asked& asked, const Register& wanted) {
    const DeskOptions& options = shard_.options;
    if (auto refusal = refusal_of(wanted, options)) return refusal;
    if (workers_.contains(wanted.service)) return Errc::already_registered;
    if (workers_.size() >= options.max_registered) {
        return Error(Errc::limit_reached,
                     fmt::format("a connection works for {} services at most, by "
                                 "services.max_registered",
                                 options.max_registered));
    }
    const std::string service(wanted.service);
    Member member{.service = service,
                  .about = std::string(wanted.about.value_or("")),
                  .credit = wanted.credit};
    member.commands.assign(wanted.commands.begin(), wanted.commands.end());
    Worker worker{.token = ++last_token_, .credit = wanted.credit};
    worker.id = shard_.switchboard.join(
        std::move(member),
        line<WorkerWord>([service, token = worker.token, asked](Desk& desk, WorkerWord word) {
            desk.hear_worker(service, token, asked, std::move(word));
        }));
    workers_.emplace(service, worker);
    return std::nullopt;
}

std::optional<Error> Desk::leave(const Unregister& which) {
    if (which.service) {
        const auto worker = workers_.find(*which.service);
        if (worker == workers_.end()) return Errc::not_registered;
        part(worker->second);
        workers_.erase(worker);
        return std::nullopt;
    }
    for (const auto& [service, worker] : workers_) part(worker);
    workers_.clear();
    return std::nullopt;
}

void Desk::part(const Worker& worker) {
    shard_.switchboard.part(worker.id);
    jobs_.remove(worker.id);
}

void Desk::hear_worker(const std::string& service, Token token, const Asked& asked,
                       WorkerWord word) {
    const auto found = workers_.find(service);
    const bool is_there = found != workers_.end() && found->second.token == token;
    if (const auto* refusal = std::get_if<Error>(&word)) {
        if (is_there) workers_.erase(found);
        owner_.refused(asked, *refusal);
    } else if (std::holds_alternative<Joined>(word)) {
        if (!is_there) return owner_.refused(asked, Errc::superseded);
        std::string payload = R"({"worker":)";
        append_string(payload, name_of({.worker = found->second.id}));
        payload += '}';
        owner_.done(asked, payload);
    } else if (!is_there) {
        return;
    } else if (const auto* job = std::get_if<Assignment>(&word)) {
        request(found->second, *job);
    } else {
        recall(std::get<Recall>(word));
    }
}

void Desk::list(const Asked& asked, const ListServices& which) {
    shard_.switchboard.rolls(
        std::string(which.service.value_or("")), shard_.options.max_listed,
        line<std::vector<Roll>>([asked](Desk& desk, const std::vector<Roll>& rolls) {
            desk.owner_.done(asked, desk.list_of(rolls));
        }));
}

std::optional<Error> Desk::watch(const Asked& asked, const Watch& which) {
    if (which.service && !is_service_name(*which.service)) return Errc::invalid_service;
    const std::string service(which.service.value_or(""));
    if (const auto before = watches_.find(service); before != watches_.end()) {
        shard_.switchboard.unwatch(before->second.id, service);
        watches_.erase(before);
    }
    if (watches_.size() >= shard_.options.max_watches) {
        return Error(Errc::limit_reached, fmt::format("a connection watches {} services at most, "
                                                      "by services.max_watches",
                                                      shard_.options.max_watches));
    }
    const Token token = ++last_token_;
    const WatcherId id = shard_.switchboard.watch(
        service, shard_.options.max_listed,
        line<WatchWord>([asked, service, token](Desk& desk, const WatchWord& word) {
            if (const auto* rolls = std::get_if<std::vector<Roll>>(&word)) {
                return desk.owner_.done(asked, desk.members_of(*rolls));
            }
            const auto watch = desk.watches_.find(service);
            const bool is_there = watch != desk.watches_.end() && watch->second.token == token;
            if (is_there) desk.announce(std::get<Change>(word));
        }));
    watches_.emplace(service, Watching{id, token});
    return std::nullopt;
}

std::optional<Error> Desk::unwatch(const Unwatch& which) {
    const auto watch = watches_.find(which.service.value_or(""));
    if (watch == watches_.end()) return Errc::not_subscribed;
    shard_.switchboard.unwatch(watch->second.id, watch->first);
    watches_.erase(watch);
    return std::nullopt;
}

void Desk::announce(const Change& change) {
    const std::uint64_t id = shard_.counters.notification_ids++;
    const std::string name = name_of(change.member);
    std::string message;
    if (change.has_joined) {
        append_join(message, id, view_of(change.member, name));
    } else {
        append_leave(message, id, change.member.service, name);
    }
    owner_.change(std::move(message));
}

void Desk::append_members(std::string& out, const Roll& roll) const {
    out += R"({"service":)";
    append_string(out, roll.service.name);
    out += R"(,"count":)";
    append_number(out, static_cast<std::int64_t>(roll.service.workers));
    out += R"(,"workers":[)";
    for (const Member& member : roll.members) {
        if (out.back() != '[') out += ',';
        append_worker(out, view_of(member, name_of(member)));
    }
    out += ']';
}

std::string Desk::members_of(const std::vector<Roll>& rolls) const {
    std::string out = "[";
    for (const Roll& roll : rolls) {
        if (roll.service.workers == 0) continue;
        if (out.size() > 1) out += ',';
        append_members(out, roll);
        out += '}';
    }
    return out + ']';
}

std::string Desk::list_of(const std::vector<Roll>& rolls) const {
    std::string out = "[";
    for (const Roll& roll : rolls) {
        if (out.size() > 1) out += ',';
        append_members(out, roll);
        fmt::format_to(std::back_inserter(out), R"(,"polls":{},"queued":{},"working":{}}})",
                       roll.service.polls, roll.service.queued, roll.service.working);
    }
    return out + ']';
}

void Desks::report(asio::any_io_executor executor, std::function<void(std::string)> done) {
    shard_.switchboard.overview(
        {std::move(executor), [done = std::move(done)](const Overview& it) {
             done(fmt::format(
                 R"({{"queued":{},"queuedBytes":{},"age":{},"working":{},"workers":{},"polls":{},)"
                 R"("calls":{},"repeats":{},"refused":{},"answered":{},"failed":{},"expired":{},)"
                 R"("abandoned":{},"cancelled":{},"stopped":{},"retries":{},"late":{}}})",
                 it.all.queued, it.all.queued_bytes, it.all.age.count(), it.all.working,
                 it.all.workers, it.all.polls, it.totals.calls, it.totals.repeats,
                 it.totals.refused, it.totals.answered, it.totals.failed, it.totals.expired,
                 it.totals.abandoned, it.totals.cancelled, it.totals.stopped, it.totals.retries,
                 it.totals.late));
         }});
}

}  // namespace gateway::services
