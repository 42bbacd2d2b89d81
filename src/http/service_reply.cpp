#include "http/service_reply.hpp"

#include <utility>

#include <fmt/format.h>

#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway::http {
namespace {

using services::Assignment;
using services::JobView;
using services::ServiceView;

unsigned status_of(Errc code) {
    switch (code) {
        case Errc::malformed_message:
        case Errc::invalid_payload:
        case Errc::invalid_service:
            return 400;
        case Errc::job_not_found:
            return 404;
        case Errc::job_answered:
        case Errc::job_cancelled:
        case Errc::key_reused:
            return 409;
        case Errc::record_too_large:
            return 413;
        case Errc::queue_full:
            return 429;
        case Errc::limit_reached:
        case Errc::service_unavailable:
        case Errc::broker_unavailable:
        case Errc::draining:
            return 503;
        case Errc::request_timeout:
        case Errc::job_expired:
        case Errc::job_abandoned:
            return 504;
        default:
            return 500;
    }
}

Reply error_with(unsigned status, const Error& error) {
    std::string body;
    append_error(body, error);
    Reply reply = json_reply(status, std::move(body));
    if (status == 429 || status == 503) reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

std::string_view state_of(const JobView& job) {
    switch (job.state) {
        case JobView::State::queued:
            return "queued";
        case JobView::State::working:
            return "working";
        case JobView::State::ended:
            break;
    }
    const services::Outcome& outcome = *job.outcome;
    return outcome && !outcome->is_failure ? "done" : "failed";
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    out.append(",\"").append(name).append("\":");
    append_string(out, text);
}

}  // namespace

Reply json_reply(unsigned status, std::string json) {
    return {.status = status,
            .content_type = "application/json",
            .body = std::move(json),
            .headers = {{"Cache-Control", "no-store"}}};
}

Reply empty_reply(unsigned status) { return {.status = status}; }

Reply failure_reply(const Error& error) { return error_with(status_of(error.code), error); }

Reply refusal_reply(const Error& error) {
    const bool is_over = error.code == Errc::job_expired || error.code == Errc::job_abandoned ||
                         error.code == Errc::draining || error.code == Errc::service_unavailable;
    return error_with(is_over ? 409 : status_of(error.code), error);
}

Reply answer_reply(const services::Outcome& outcome) {
    if (!outcome) return failure_reply(outcome.error());
    return json_reply(outcome->is_failure ? 502 : 200, *outcome->body);
}

std::string json_of(const Assignment& job) {
    std::string json = fmt::format(R"({{"id":"{}","originalRequest":{},"lease":{},"attempt":{})",
                                   to_string(job.job), *job.body, job.lease.count(), job.attempt);
    if (!job.command.empty()) append_text(json, "command", job.command);
    return json += '}';
}

std::string json_of(const std::vector<Assignment>& jobs) {
    std::string json = "[";
    for (const Assignment& job : jobs) {
        if (json.size() > 1) json += ',';
        json += json_of(job);
    }
    return json += ']';
}

std::string json_of(const JobView& job) {
    std::string json = fmt::format(R"({{"id":"{}","service":"{}","state":"{}","attempts":{})",
                                   to_string(job.id), job.service, state_of(job), job.attempts);
    if (!job.command.empty()) append_text(json, "command", job.command);
    if (job.outcome && !*job.outcome) {
        json += ",\"error\":";
        append_error(json, job.outcome->error());
    } else if (job.outcome && (*job.outcome)->body) {
        json.append(",\"response\":").append(*(*job.outcome)->body);
    }
    return json += '}';
}

std::string json_of(const std::vector<ServiceView>& services) {
    std::string json = "[";
    for (const ServiceView& service : services) {
        if (json.size() > 1) json += ',';
        json += fmt::format(
            R"({{"name":"{}","queued":{},"queuedBytes":{},"age":{},"working":{},"workers":{},"polls":{}}})",
            service.name, service.queued, service.queued_bytes, service.age.count(),
            service.working, service.workers, service.polls);
    }
    return json += ']';
}

}  // namespace gateway::http
