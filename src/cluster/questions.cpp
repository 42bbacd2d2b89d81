#include "cluster/questions.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

#include "nodes/times.hpp"

namespace gateway::cluster {

using services::JobView;
using services::Uuid;
using services::WorkerId;
using Verb = Word::Verb;
using What = Word::What;

namespace {

/// FNV-1a (RFC 9923): all nodes must make the same of a name.
std::uint32_t tag_of(std::string_view process) {
    std::uint32_t hash = 0x811C9DC5;
    for (const char c : process) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
    return hash;
}

std::uint32_t tag_of(const Uuid& job) { return static_cast<std::uint32_t>(job.high >> 32); }

Error lost() {
    return {Errc::broker_unavailable,
            "the job's server was lost; it may have heard the request all the same"};
}

struct Refuse {
    Error error;
    void operator()(services::Line<std::optional<Error>>& line) const {
        say_last(std::move(line), error);
    }
    void operator()(services::Line<Result<JobView>>& line) const {
        say_last(std::move(line), error);
    }
};

}  // namespace

Questions::Questions(const asio::any_io_executor& executor, services::Switchboard& board,
                     WordSender& sender, const Node& node, const Options& options)
    : executor_(executor),
      board_(board),
      sender_(sender),
      options_(options),
      tag_(tag_of(node.process)),
      alarm_(executor_) {}

void Questions::open(const std::string& process) { open_.emplace(tag_of(process), process); }

void Questions::close(const std::string& process) {
    if (const auto found = open_.find(tag_of(process));
        found != open_.end() && found->second == process) {
        open_.erase(found);
    }
    fail(process);
}

void Questions::fail(const std::string& process) {
    for (auto at = all_.begin(); at != all_.end();) {
        const auto next = std::next(at);
        if (at->second.process == process) {
            std::visit(Refuse{lost()}, at->second.line);
            all_.erase(at);
        }
        at = next;
    }
    set_alarm();
}

void Questions::stop() {
    is_stopped_ = true;
    alarm_.cancel();
    for (auto& [number, question] : std::exchange(all_, {})) {
        std::visit(Refuse{lost()}, question.line);
    }
}

Uuid Questions::make_id() {
    Uuid id = services::random_uuid();
    id.high = std::uint64_t{tag_} << 32 | (id.high & 0xFFFFFFFF);
    return id;
}

bool Questions::is_far(const Uuid& job) const { return tag_of(job) != tag_; }

void Questions::answer(const Uuid& job, services::Answer answer,
                       services::Line<std::optional<Error>> line) {
    ask({.what = What::ask,
         .job = job,
         .is_failure = answer.is_failure,
         .body = std::move(answer.body),
         .verb = Verb::answer},
        std::move(line));
}

void Questions::progress(const Uuid& job, services::Text body,
                         services::Line<std::optional<Error>> line) {
    ask({.what = What::ask, .job = job, .body = std::move(body), .verb = Verb::progress},
        std::move(line));
}

void Questions::cancel(const Uuid& job, services::Line<std::optional<Error>> line) {
    ask({.what = What::ask, .job = job, .verb = Verb::cancel}, std::move(line));
}

void Questions::find(const Uuid& job, services::Line<Result<JobView>> line) {
    ask({.what = What::ask, .job = job, .verb = Verb::find}, std::move(line));
}

std::optional<Error> Questions::refusal_of(const std::string* process) const {
    if (is_stopped_) {
        return Error(Errc::broker_unavailable, "this server stops; any other can be asked");
    }
    if (!process && !is_away_) return Errc::job_not_found;
    if (!process || !sender_.reaches(*process))
        return Error(Errc::broker_unavailable, "the job's server cannot be asked now");
    if (all_.size() >= options_.max_questions) {
        return Error(Errc::limit_reached, "services.max_questions to other servers are open");
    }
    if (sender_.is_paused()) {
        return Error(Errc::limit_reached,
                     "services.max_unsettled_bytes for other servers are at the broker");
    }
    return std::nullopt;
}

void Questions::ask(Word word, Line line) {
    const auto home = open_.find(tag_of(word.job));
    const std::string* const process = home == open_.end() ? nullptr : &home->second;
    if (const auto refusal = refusal_of(process)) return std::visit(Refuse{*refusal}, line);
    word.question = ++last_question_;
    if (const auto refusal = sender_.send(*process, std::move(word))) {
        return std::visit(Refuse{*refusal}, line);
    }
    all_.emplace(last_question_,
                 Question{.process = *process,
                          .deadline = std::chrono::steady_clock::now() + nodes::answer_time,
                          .line = std::move(line)});
    if (!alarm_.is_set()) set_alarm();
}

void Questions::set_alarm() {
    if (all_.empty()) return alarm_.cancel();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        all_.begin()->second.deadline - std::chrono::steady_clock::now());
    alarm_.set(std::max(left, std::chrono::milliseconds(0)), [this] { expire(); });
}

void Questions::expire() {
    const auto now = std::chrono::steady_clock::now();
    while (!all_.empty() && all_.begin()->second.deadline <= now) {
        std::visit(Refuse{Error(Errc::request_timeout,
                                "the job's server did not answer in time; it may have heard all "
                                "the same")},
                   all_.begin()->second.line);
        all_.erase(all_.begin());
    }
    set_alarm();
}

void Questions::take(const Word& ask) {
    const Word told{.what = What::told, .question = ask.question};
    const services::Line<std::optional<Error>> line{
        executor_,
        [this, home = ask.from, told = told](const std::optional<Error>& refusal) mutable {
            told.refusal = refusal;
            sender_.send(home, std::move(told));
        }};
    switch (ask.verb) {
        case Verb::answer:
            return board_.answer(ask.job, WorkerId::none,
                                 {.body = ask.body, .is_failure = ask.is_failure}, line);
        case Verb::progress:
            return board_.progress(ask.job, WorkerId::none, ask.body, line);
        case Verb::cancel:
            return board_.cancel(ask.job, line);
        case Verb::find:
            return board_.find(ask.job, {executor_, [this, home = ask.from,
                                                     told = told](Result<JobView> view) mutable {
                                             tell_view(home, std::move(told), std::move(view));
                                         }});
    }
}

void Questions::tell_view(const std::string& asker, Word told, Result<JobView> view) {
    if (!view) {
        told.refusal = view.error();
    } else if (sender_.is_paused()) {
        told.refusal = Errc::limit_reached;
    } else {
        if (view->outcome && *view->outcome) told.body = (*view->outcome)->body;
        told.view = *std::move(view);
    }
    Word instead{.what = What::told, .question = told.question};
    instead.refusal = sender_.send(asker, std::move(told));
    if (instead.refusal) sender_.send(asker, std::move(instead));
}

void Questions::hear(const Word& told) {
    const auto found = all_.find(told.question);
    if (found == all_.end() || found->second.process != told.from) return;
    Line line = std::move(found->second.line);
    all_.erase(found);
    if (told.refusal) return std::visit(Refuse{*told.refusal}, line);
    if (auto* plain = std::get_if<services::Line<std::optional<Error>>>(&line)) {
        return say_last(std::move(*plain), std::nullopt);
    }
    auto& view = std::get<services::Line<Result<JobView>>>(line);
    if (told.view) return say_last(std::move(view), *told.view);
    say_last(std::move(view), Error(Errc::internal));
}

}  // namespace gateway::cluster
