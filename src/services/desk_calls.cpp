#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "services/desk.hpp"
#include "services/desk_line.hpp"
#include "services/service_name.hpp"
#include "wire/push.hpp"

namespace gateway::services {
namespace {

/// Of a command that was kept without its answer there is nothing to tell.
std::string_view json_of(const Text& text) { return text ? std::string_view(*text) : "null"; }

}  // namespace

std::optional<Error> Desk::call(const Asked& asked, const Command& command) {
    Call call{.service = std::string(command.service),
              .command = std::string(command.command),
              .body = text_of(command.data),
              .caller = client_,
              .key = std::string(command.key)};
    if (command.timeout) call.timeout.emplace(*command.timeout);
    const Token token = ++last_token_;
    const CallId id =
        shard_.switchboard.call(std::move(call), line<CallWord>([token](Desk& desk, CallWord word) {
                                    desk.hear_call(token, std::move(word));
                                }));
    calls_.emplace(token, Calling{id, asked, command.wants_progress});
    return std::nullopt;
}

void Desk::hear_call(Token token, CallWord word) {
    const auto found = calls_.find(token);
    if (found == calls_.end()) return;
    if (const auto* progress = std::get_if<Progress>(&word)) {
        const Calling& calling = found->second;
        if (calling.wants_progress) owner_.progressed(calling.asked, json_of(progress->body));
        return;
    }
    const auto* outcome = std::get_if<Outcome>(&word);
    if (!outcome) return;
    const Asked asked = std::move(found->second.asked);
    calls_.erase(found);
    if (!*outcome) return owner_.refused(asked, outcome->error());
    const Answer& answer = outcome->value();
    if (answer.is_failure) {
        owner_.failed(asked, json_of(answer.body));
    } else {
        owner_.done(asked, json_of(answer.body));
    }
}

std::optional<Error> Desk::cancel(const CancelCommand& which) {
    std::vector<Asked> cancelled;
    std::erase_if(calls_, [&](const auto& entry) {
        const Calling& calling = entry.second;
        if (calling.asked.id != which.id) return false;
        shard_.switchboard.leave(calling.id);
        cancelled.push_back(calling.asked);
        return true;
    });
    for (const Asked& asked : cancelled) owner_.refused(asked, Errc::job_cancelled);
    return cancelled.empty() ? std::optional<Error>(Errc::job_not_found) : std::nullopt;
}

void Desk::request(const Worker& worker, const Assignment& job) {
    jobs_.add(job.job, worker.id);
    std::string message;
    append_command_request(message, {.job = to_string(job.job),
                                     .service = job.service,
                                     .command = job.command,
                                     .data = json_of(job.body),
                                     .attempt = job.attempt,
                                     .timeout = job.lease});
    owner_.command(std::move(message));
}

void Desk::recall(const Recall& recall) {
    std::size_t credit = 0;
    for (const auto& [service, worker] : workers_) credit += worker.credit;
    jobs_.recall(recall.job, credit);
    std::string message;
    append_command_cancel(message, shard_.counters.notification_ids++, to_string(recall.job),
                          recall.why);
    owner_.command(std::move(message));
}

bool Desk::holds(const CommandReply& reply) const {
    const auto job = parse_uuid(reply.job);
    return job && jobs_.has(*job);
}

Line<std::optional<Error>> Desk::line_to(const Asked& asked) {
    return line<std::optional<Error>>([asked](Desk& desk, const std::optional<Error>& refusal) {
        if (refusal) {
            desk.owner_.refused(asked, *refusal);
        } else {
            desk.owner_.done(asked, {});
        }
    });
}

std::optional<Error> Desk::reply(const Asked& asked, const CommandReply& reply) {
    const auto job = parse_uuid(reply.job);
    if (!job) return Errc::job_not_found;
    shard_.switchboard.answer(*job, jobs_.take(*job),
                              {.body = text_of(reply.data), .is_failure = reply.is_failure},
                              line_to(asked));
    return std::nullopt;
}

std::optional<Error> Desk::progress(const Asked& asked, const CommandReply& progress) {
    const auto job = parse_uuid(progress.job);
    if (!job) return Errc::job_not_found;
    shard_.switchboard.progress(*job, jobs_.find(*job), text_of(progress.data), line_to(asked));
    return std::nullopt;
}

std::optional<Error> Desk::emit(const Emit& event) {
    if (event.service && !workers_.contains(*event.service)) return Errc::not_registered;
    return shard_.events.emit(event.service.value_or(""), event.name, event.data);
}

std::optional<Error> Desk::listen(const Listen& what) {
    if (what.service && !is_service_name(*what.service)) return Errc::invalid_service;
    if (what.name && what.name->empty()) return Errc::invalid_event;
    if (!listener_) listener_ = shard_.events.add(*this);
    return shard_.events.listen(*listener_, {.service = std::string(what.service.value_or("")),
                                             .pattern = std::string(what.name.value_or(""))});
}

std::optional<Error> Desk::unlisten(const Unlisten& what) {
    if (!what.what.name && !what.what.service) {
        if (listener_) shard_.events.unlisten(*listener_);
        return std::nullopt;
    }
    if (!listener_) return Errc::not_subscribed;
    return shard_.events.unlisten(*listener_,
                                  {.service = std::string(what.what.service.value_or("")),
                                   .pattern = std::string(what.what.name.value_or(""))});
}

void Desk::events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) {
    owner_.events(frame, count);
}

void Desk::heard() { owner_.heard(); }

}  // namespace gateway::services
