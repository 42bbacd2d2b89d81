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
#include "wire/escape.hpp"
#include "wire/json_check.hpp"
#include "wire/json_object.hpp"
#include "wire/reply.hpp"

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
    JsonObject answers;  ///< By the jobs' ids.
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

/// What the query and the preferences of a request say.
struct Terms {
    /// Null where the query has none of this name.
    [[nodiscard]] const std::string* find(std::string_view name) const {
        const auto found = parameters.find(name);
        return found == parameters.end() ? nullptr : &found->second;
    }

    Parameters parameters;
    Preferences preferences;
    std::optional<milliseconds> timeout;  ///< Once it is read.
    std::optional<Reply> refusal;         ///< Where there is no reading the query.
};

Terms terms_of(const Request& request) {
    Terms terms;
    terms.preferences = parse_preferences(request.peer->list("Prefer"));
    auto parameters = parse_query(request.query);
    if (!parameters) {
        terms.refusal = bad_request("the query has a % without two hex digits, or a name twice");
        return terms;
    }
    terms.parameters = *std::move(parameters);
    return terms;
}

/// What the query asks for as `timeout`, in `terms`; or why it is refused.
std::optional<Reply> read_timeout(const Door& door, Terms& terms) {
    const std::string* const text = terms.find("timeout");
    if (!text) return std::nullopt;
    terms.timeout = parse_time(*text);
    if (terms.timeout && *terms.timeout <= door.board.options().max_timeout) return std::nullopt;
    return bad_request("timeout is a time such as 1500ms or 30s, at most services.max_timeout");
}

/// Replies with 202 once the job's id is known, and at the earliest when `wait` is over.
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
    Terms terms = terms_of(request);
    if (terms.refusal) return respond(*std::move(terms.refusal));
    if (auto refusal = read_timeout(*door, terms)) return respond(*std::move(refusal));
    if (auto refusal = body_refusal(*door, request)) return respond(*std::move(refusal));
    const auto key = request.peer->header("Idempotency-Key").value_or("");
    const std::string* const command = terms.find("command");
    if (key.size() > longest_word || (command && command->size() > longest_word)) {
        return respond(bad_request("Idempotency-Key and command are at most 255 bytes each"));
    }
    if (command && !is_utf8(*command)) return respond(bad_request("command is not UTF-8"));

    const bool is_async = terms.preferences.respond_async;
    const auto wait = terms.preferences.wait;
    Call call{.service = std::string(request.segment),
              .command = command ? *command : "",
              .body = text_of(request.body),
              .caller = request.peer->address(),
              .timeout = terms.timeout ? terms.timeout
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

void look_for_jobs(const SharedDoor& door, const Request& request, Respond respond) {
    if (!is_service_name(request.segment)) return respond(failure_reply(Errc::invalid_service));
    door->board.has_jobs(std::string(request.segment),
                         {request.executor, [respond = std::move(respond)](bool has_jobs) {
                              respond(empty_reply(has_jobs ? 200 : 204));
                          }});
}

/// A worker that waits for jobs, or will as soon as its answer is taken.
struct WaitingWorker : Waiting {
    using Waiting::Waiting;

    WorkerId id = WorkerId::none;
};

/// What a worker asks for.
struct Poll {
    std::string service;
    std::size_t count = 1;
    bool is_list = false;  ///< It has said how many.
    milliseconds timeout{};
    bool follows_answer = false;  ///< Which was taken: no place to wait is 204 then.
};

/// The poll that the terms ask for, or why it is refused.
std::variant<Poll, Reply> poll_of(const Door& door, Terms& terms, std::string_view service) {
    if (auto refusal = read_timeout(door, terms)) return *std::move(refusal);
    const Options& options = door.board.options();
    Poll poll{.service = std::string(service),
              .timeout = std::min(
                  terms.timeout.value_or(terms.preferences.wait.value_or(options.poll_timeout)),
                  options.max_timeout)};
    const std::string* const wanted = terms.find("n");
    if (!wanted) return poll;
    poll.is_list = true;
    const char* const last = wanted->data() + wanted->size();
    const auto [end, error] = std::from_chars(wanted->data(), last, poll.count);
    if (error != std::errc() || end != last || poll.count == 0) {
        return bad_request("n is a number of jobs, at least 1");
    }
    return poll;
}

/// Replies with jobs, or with 204 where none came in time.
void poll_for(const SharedDoor& door, const asio::any_io_executor& executor, Poll poll,
              const std::shared_ptr<WaitingWorker>& worker) {
    worker->id = door->board.poll(
        std::move(poll.service), poll.count, poll.timeout,
        {executor, [door, worker, is_list = poll.is_list,
                    follows_answer = poll.follows_answer](PollWord word) {
             if (!word && !follows_answer) {
                 worker->reply(failure_reply(word.error()));
                 return;
             }
             if (!word || word->empty()) {
                 worker->reply(empty_reply(204));
                 return;
             }
             Reply reply = json_reply(200, is_list ? json_of(*word) : json_of(word->front()));
             const auto jobs = std::make_shared<std::vector<Assignment>>(*std::move(word));
             reply.sent = [door, jobs](bool is_sent) {
                 if (!is_sent) door->board.give_back(std::move(*jobs));
             };
             if (!worker->reply(std::move(reply))) door->board.give_back(std::move(*jobs));
         }});
}

/// A worker that leaves gets no job.
void part_when_gone(const SharedDoor& door, const Request& request,
                    const std::shared_ptr<WaitingWorker>& worker) {
    request.peer->watch([door, worker] {
        worker->respond = nullptr;
        if (worker->id != WorkerId::none) door->board.part(worker->id);
    });
}

void take_jobs(const SharedDoor& door, const Request& request, Respond respond) {
    Terms terms = terms_of(request);
    if (terms.refusal) return respond(*std::move(terms.refusal));
    auto poll = poll_of(*door, terms, request.segment);
    if (auto* const refusal = std::get_if<Reply>(&poll)) return respond(std::move(*refusal));
    // A HEAD takes none, but tells whether there are any.
    if (request.is_head) return look_for_jobs(door, request, std::move(respond));
    const auto worker = std::make_shared<WaitingWorker>(std::move(respond));
    poll_for(door, request.executor, std::get<Poll>(std::move(poll)), worker);
    part_when_gone(door, request, worker);
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

/// The poll that follows an answer, null if none does; or why it is refused.
std::variant<std::optional<Poll>, Reply> next_of(const Door& door, const Request& request) {
    if (request.query.empty()) return std::nullopt;
    Terms terms = terms_of(request);
    if (terms.refusal) return *std::move(terms.refusal);
    const std::string* const service = terms.find("next");
    if (!service) return std::nullopt;
    if (!is_service_name(*service)) return failure_reply(Errc::invalid_service);
    auto poll = poll_of(door, terms, *service);
    if (auto* const refusal = std::get_if<Reply>(&poll)) return std::move(*refusal);
    auto& next = std::get<Poll>(poll);
    next.follows_answer = true;
    return std::move(next);
}

void answer_job(const SharedDoor& door, const Request& request, const Respond& respond) {
    with_job(request, respond, [&](const Uuid& job) {
        auto next = next_of(*door, request);
        if (auto* const refusal = std::get_if<Reply>(&next)) return respond(std::move(*refusal));
        if (auto refusal = body_refusal(*door, request)) return respond(*std::move(refusal));
        Answer answer{.body = text_of(request.body),
                      .is_failure = is_failure(door->object, request.body)};
        auto& poll = std::get<std::optional<Poll>>(next);
        if (!poll) {
            return door->board.answer(job, WorkerId::none, std::move(answer),
                                      line_to(request, respond, 200));
        }
        const auto worker = std::make_shared<WaitingWorker>(respond);
        door->board.answer(
            job, WorkerId::none, std::move(answer),
            {request.executor, [door, executor = request.executor, worker, poll = *std::move(poll)](
                                   const std::optional<Error>& error) mutable {
                 if (error) {
                     worker->reply(refusal_reply(*error));
                 } else if (worker->respond) {
                     poll_for(door, executor, std::move(poll), worker);
                 }
             }});
        part_when_gone(door, request, worker);
    });
}

/// Replies once each of several answers was taken or refused, with those that were refused.
class Verdicts {
public:
    Verdicts(std::size_t missing, Respond respond)
        : missing_(missing), respond_(std::move(respond)) {}

    void add(std::string_view job, const std::optional<Error>& refusal) {
        if (refusal) {
            json_ += json_.size() > 1 ? "," : "";
            append_string(json_, job);
            json_ += ':';
            append_error(json_, *refusal);
        }
        if (--missing_ == 0) respond_(json_reply(200, std::move(json_ += '}')));
    }

private:
    std::size_t missing_;
    std::string json_ = "{";
    Respond respond_;
};

void answer_jobs(const SharedDoor& door, const Request& request, Respond respond) {
    if (auto refusal = body_refusal(*door, request)) return respond(*std::move(refusal));
    const auto* const answers = door->answers.read(request.body);
    if (!answers || answers->empty()) {
        return respond(failure_reply(
            Error(Errc::invalid_payload, "the body is an object: each job's id, and its answer")));
    }
    if (answers->size() > door->board.options().max_poll) {
        return respond(failure_reply(
            Error(Errc::invalid_payload,
                  "the body has more answers than services.max_poll: none is taken")));
    }
    const auto verdicts = std::make_shared<Verdicts>(answers->size(), std::move(respond));
    for (const auto& [id, body] : *answers) {
        const auto job = parse_uuid(id);
        if (!job) {
            verdicts->add(id, Errc::job_not_found);
            continue;
        }
        door->board.answer(*job, WorkerId::none,
                           {.body = text_of(body), .is_failure = is_failure(door->object, body)},
                           {request.executor, [verdicts, name = std::string(id)](
                                                  const std::optional<Error>& refusal) {
                                verdicts->add(name, refusal);
                            }});
    }
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
        door->board.find(
            job, {request.executor, [respond](const Result<JobView>& view) {
                      respond(view ? json_reply(200, json_of(*view)) : failure_reply(view.error()));
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
        route("POST", "/jobs", answer_jobs),
        route("POST", "/jobs/*", answer_job),
        route("POST", "/jobs/*/progress", report_progress),
        route("GET", "/jobs/*", describe_job),
        route("DELETE", "/jobs/*", cancel_job),
        route("GET", "/service", list_services),
    };
}

}  // namespace gateway::http
