#include "http/services.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <asio/steady_timer.hpp>

#include "http/query.hpp"
#include "http/service_reply.hpp"
#include "services/failure.hpp"
#include "services/service_name.hpp"
#include "wire/json_check.hpp"
#include "wire/json_object.hpp"

namespace gateway::http {
namespace {

using namespace services;
using std::chrono::milliseconds;

/// Of an idempotency key, and of a command.
constexpr std::size_t longest_word = 255;

/// What the routes of one listener share.
struct Door {
    explicit Door(Switchboard& board_in) : board(board_in) {}

    Switchboard& board;
    JsonCheck json;
    JsonObject object;
};

using SharedDoor = std::shared_ptr<Door>;

/// A caller, or a worker, that waits for its reply.
struct Waiting {
    explicit Waiting(Respond respond_in) : respond(std::move(respond_in)) {}

    /// False if it is gone: then the reply is not sent.
    bool reply(Reply reply) {
        if (!respond) return false;
        std::exchange(respond, nullptr)(std::move(reply));
        return true;
    }

    Respond respond;  ///< Empty once it has its reply, or is gone.
};

Reply bad_request(std::string_view message) { return error_reply(400, "bad_request", message); }

/// Why the body is none that could be passed on, or nothing.
std::optional<Reply> body_refusal(Door& door, const Request& request) {
    const auto type = request.peer->header("Content-Type");
    if (type && !is_json_type(*type)) {
        return error_reply(415, "unsupported_media_type",
                           "the body is JSON: send Content-Type: application/json");
    }
    if (!door.json.is_json(request.body)) {
        return failure_reply(Error(Errc::malformed_message, "the body is not well-formed JSON"));
    }
    return std::nullopt;
}

Text text_of(std::string_view body) { return std::make_shared<const std::string>(body); }

struct Times {
    std::optional<milliseconds> timeout;  ///< Asked for by the query.
    Preferences preferences;
    std::optional<Reply> refusal;
};

Times times_of(const Door& door, const Request& request) {
    Times times;
    if (const auto header = request.peer->header("Prefer")) {
        times.preferences = parse_preferences(*header);
    }
    const auto text = find_parameter(request.query, "timeout");
    if (!text) return times;
    times.timeout = parse_time(*text);
    if (!times.timeout || *times.timeout > door.board.options().max_timeout) {
        times.refusal =
            bad_request("timeout is a time such as 1500ms or 30s, at most services.max_timeout");
    }
    return times;
}

/// Replies with 202 once the job's id is known, and at the earliest when `asked` is over.
class Deferral : public std::enable_shared_from_this<Deferral> {
public:
    Deferral(const asio::any_io_executor& executor, std::shared_ptr<Waiting> waiting)
        : timer_(executor), waiting_(std::move(waiting)) {}

    void accepted(const Uuid& job, milliseconds wait, std::function<void()> leave) {
        if (wait == milliseconds::zero()) return reply(job, leave);
        timer_.expires_after(wait);
        timer_.async_wait([self = shared_from_this(), job,
                           leave = std::move(leave)](const asio::error_code& cancelled) {
            if (!cancelled) self->reply(job, leave);
        });
    }
    void cancel() { timer_.cancel(); }

private:
    void reply(const Uuid& job, const std::function<void()>& leave) {
        const std::string id = to_string(job);
        Reply accepted = json_reply(202, R"({"id":")" + id + "\"}");
        accepted.headers.emplace_back("Location", "/jobs/" + id);
        accepted.headers.emplace_back("Preference-Applied", "respond-async");
        if (waiting_->reply(std::move(accepted))) leave();
    }

    asio::steady_timer timer_;
    std::shared_ptr<Waiting> waiting_;
};

void call_service(const SharedDoor& door, const Request& request, Respond respond) {
    Times times = times_of(*door, request);
    if (times.refusal) return respond(*std::move(times.refusal));
    if (auto refusal = body_refusal(*door, request)) return respond(*std::move(refusal));
    const auto key = request.peer->header("Idempotency-Key").value_or("");
    const auto command = find_parameter(request.query, "command").value_or("");
    if (key.size() > longest_word || command.size() > longest_word) {
        return respond(bad_request("Idempotency-Key and command are at most 255 bytes each"));
    }

    const bool is_async = times.preferences.respond_async;
    const auto wait = times.preferences.wait;
    Call call{.service = std::string(request.segment),
              .command = command,
              .body = text_of(request.body),
              .caller = request.peer->address(),
              .timeout = times.timeout ? times.timeout
                         : is_async    ? std::nullopt
                                       : wait,
              .key = std::string(key),
              .is_kept = is_async};

    const auto waiting = std::make_shared<Waiting>(std::move(respond));
    const auto id = std::make_shared<CallId>();
    const auto leave = [door, id] { door->board.leave(*id); };
    std::shared_ptr<Deferral> deferral;
    if (is_async) deferral = std::make_shared<Deferral>(request.executor, waiting);
    *id = door->board.call(
        std::move(call),
        {request.executor, [waiting, deferral, leave, wait](const CallWord& word) {
             if (const auto* accepted = std::get_if<Accepted>(&word); accepted && deferral) {
                 deferral->accepted(accepted->job, wait.value_or(milliseconds::zero()), leave);
             } else if (const auto* outcome = std::get_if<Outcome>(&word)) {
                 if (deferral) deferral->cancel();
                 waiting->reply(answer_reply(*outcome));
             }
         }});
    request.peer->watch([waiting, deferral, leave] {
        if (deferral) deferral->cancel();
        waiting->respond = nullptr;
        leave();
    });
}

void describe_service(const SharedDoor& door, const Request& request, Respond respond) {
    door->board.service(std::string(request.segment),
                        {request.executor, [respond = std::move(respond)](const auto& service) {
                             respond(empty_reply(service && service->queued > 0 ? 200 : 204));
                         }});
}

void take_jobs(const SharedDoor& door, const Request& request, Respond respond) {
    // A HEAD takes none, but tells whether there are any.
    if (request.is_head) return describe_service(door, request, std::move(respond));
    Times times = times_of(*door, request);
    if (times.refusal) return respond(*std::move(times.refusal));
    const Options& options = door->board.options();
    const auto timeout =
        std::min(times.timeout.value_or(times.preferences.wait.value_or(options.poll_timeout)),
                 options.max_timeout);
    std::size_t count = 1;
    const auto wanted = find_parameter(request.query, "n");
    if (wanted) {
        const char* const last = wanted->data() + wanted->size();
        const auto [end, error] = std::from_chars(wanted->data(), last, count);
        if (error != std::errc() || end != last || count == 0) {
            return respond(bad_request("n is a number of jobs, at least 1"));
        }
    }

    const auto waiting = std::make_shared<Waiting>(std::move(respond));
    const WorkerId worker = door->board.poll(
        std::string(request.segment), count, timeout,
        {request.executor, [door, waiting, is_list = wanted.has_value()](PollWord word) {
             if (!word) {
                 waiting->reply(failure_reply(word.error()));
                 return;
             }
             if (word->empty()) {
                 waiting->reply(empty_reply(204));
                 return;
             }
             Reply reply = json_reply(200, is_list ? json_of(*word) : json_of(word->front()));
             const auto jobs = std::make_shared<std::vector<Assignment>>(*std::move(word));
             reply.sent = [door, jobs](bool is_sent) {
                 if (!is_sent) door->board.give_back(std::move(*jobs));
             };
             if (!waiting->reply(std::move(reply))) door->board.give_back(std::move(*jobs));
         }});
    request.peer->watch([door, waiting, worker] {
        waiting->respond = nullptr;
        door->board.part(worker);
    });
}

Line<std::optional<Error>> line_to(const Request& request, Respond respond, unsigned status) {
    return {request.executor,
            [respond = std::move(respond), status](const std::optional<Error>& error) {
                respond(error ? refusal_reply(*error) : empty_reply(status));
            }};
}

/// Calls `handle` with the job that the path names.
template <typename Handle>
void with_job(const Request& request, const Respond& respond, Handle handle) {
    const auto job = parse_uuid(request.segment);
    if (!job) return respond(failure_reply(Errc::job_not_found));
    handle(*job);
}

void answer_job(const SharedDoor& door, const Request& request, const Respond& respond) {
    with_job(request, respond, [&](const Uuid& job) {
        if (auto refusal = body_refusal(*door, request)) return respond(*std::move(refusal));
        door->board.answer(
            job, WorkerId::none,
            {.body = text_of(request.body), .is_failure = is_failure(door->object, request.body)},
            line_to(request, respond, 200));
    });
}

void report_progress(const SharedDoor& door, const Request& request, const Respond& respond) {
    with_job(request, respond, [&](const Uuid& job) {
        if (auto refusal = body_refusal(*door, request)) return respond(*std::move(refusal));
        door->board.progress(job, WorkerId::none, text_of(request.body),
                             line_to(request, respond, 200));
    });
}

void cancel_job(const SharedDoor& door, const Request& request, const Respond& respond) {
    with_job(request, respond,
             [&](const Uuid& job) { door->board.cancel(job, line_to(request, respond, 204)); });
}

void describe_job(const SharedDoor& door, const Request& request, const Respond& respond) {
    with_job(request, respond, [&](const Uuid& job) {
        door->board.find(job, {request.executor, [respond](const std::optional<JobView>& view) {
                                   respond(view ? json_reply(200, json_of(*view))
                                                : failure_reply(Errc::job_not_found));
                               }});
    });
}

void list_services(const SharedDoor& door, const Request& request, const Respond& respond) {
    door->board.services({request.executor, [respond](const std::vector<ServiceView>& services) {
                              respond(json_reply(200, json_of(services)));
                          }});
}

}  // namespace

std::vector<Route> service_routes(Switchboard& board) {
    const auto door = std::make_shared<Door>(board);
    const auto route = [&door](std::string method, std::string path, const auto& handle) {
        return Route{.method = std::move(method),
                     .path = std::move(path),
                     .handler = [door, handle](
                                    const Request& request,
                                    Respond respond) { handle(door, request, std::move(respond)); },
                     .is_patient = true};
    };
    return {
        route("POST", "/service/*", call_service),
        route("GET", "/service/*/jobs", take_jobs),
        route("POST", "/jobs/*", answer_job),
        route("POST", "/jobs/*/progress", report_progress),
        route("GET", "/jobs/*", describe_job),
        route("DELETE", "/jobs/*", cancel_job),
        route("GET", "/service", list_services),
    };
}

}  // namespace gateway::http
