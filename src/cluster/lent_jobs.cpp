#include "cluster/lent_jobs.hpp"

#include <utility>
#include <variant>

#include "services/failure.hpp"

namespace gateway::cluster {

using services::Uuid;
using What = Word::What;

void LentJobs::take(const Word& word) {
    Jobs& jobs = jobs_[word.from];
    if (const auto former = jobs.extract(word.job)) {
        board_.leave(former.mapped().call, Errc::job_expired);
    }
    const services::CallId call = board_.call(
        {.service = word.service,
         .command = word.command,
         .body = word.body,
         .caller = word.from,
         .timeout = word.timeout,
         .lent = word.job,
         .attempt = word.attempt},
        {executor_, [this, home = word.from, job = word.job, attempt = word.attempt](
                        services::CallWord heard) { hear(home, job, attempt, std::move(heard)); }});
    jobs.emplace(word.job, Lent{call, word.attempt, word.service});
}

void LentJobs::recall(const Word& word) {
    const auto jobs = jobs_.find(word.from);
    if (jobs == jobs_.end()) return;
    const auto lent = jobs->second.extract(word.job);
    if (lent) board_.leave(lent.mapped().call, word.why);
}

void LentJobs::forget(const std::string& home) {
    const auto jobs = jobs_.extract(home);
    if (!jobs) return;
    for (const auto& [job, lent] : jobs.mapped()) board_.leave(lent.call);
}

void LentJobs::hear(const std::string& home, const Uuid& job, unsigned attempt,
                    services::CallWord word) {
    const auto jobs = jobs_.find(home);
    if (jobs == jobs_.end()) return;
    const auto found = jobs->second.find(job);
    if (found == jobs->second.end() || found->second.attempt != attempt) return;
    if (auto* progress = std::get_if<services::Progress>(&word)) {
        // Whoever waits for it can do without.
        if (sender_.is_paused()) return;
        sender_.send(home, {.what = What::progress,
                            .job = job,
                            .attempt = attempt,
                            .service = found->second.service,
                            .body = std::move(progress->body)});
        return;
    }
    auto* outcome = std::get_if<services::Outcome>(&word);
    if (!outcome) return;
    const Lent lent = std::move(found->second);
    jobs->second.erase(found);
    if (!*outcome) return give_back(home, job, lent, outcome->error());
    Word answer{.what = What::answer,
                .job = job,
                .attempt = attempt,
                .service = lent.service,
                .is_failure = (*outcome)->is_failure,
                .body = (*outcome)->body};
    if (const auto refusal = sender_.send(home, answer)) {
        services::Answer failure = services::failure_of(*refusal);
        answer.is_failure = failure.is_failure;
        answer.body = std::move(failure.body);
        sender_.send(home, std::move(answer));
    }
}

void LentJobs::give_back(const std::string& home, const Uuid& job, const Lent& lent,
                         const Error& why) {
    Word word{.what = What::give_back,
              .job = job,
              .attempt = lent.attempt,
              .service = lent.service,
              .version = state_.version()};
    switch (why.code) {
        case Errc::job_expired:
        case Errc::job_abandoned:
            word.what = What::give_up;
            break;
        default:
            state_.tell_again(lent.service);
    }
    sender_.send(home, std::move(word));
}

}  // namespace gateway::cluster
