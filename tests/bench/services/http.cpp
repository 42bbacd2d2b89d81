#include <deque>
#include <vector>

#include <fmt/format.h>

#include "load/poller.hpp"
#include "services/drive.hpp"
#include "services/http_client.hpp"
#include "services/runs.hpp"
#include "services/tally.hpp"

namespace bench {
namespace {

/// A caller that asks again as soon as it has its answer.
class Caller {
public:
    Caller(std::uint16_t port, std::string request) : client_(port), request_(std::move(request)) {}

    [[nodiscard]] int descriptor() const { return client_.descriptor(); }

    void ask() {
        asked_ = Clock::now();
        client_.send(request_);
    }
    void read(Tally& tally) {
        client_.read([&](unsigned, std::string_view) {
            tally.answered(asked_);
            ask();
        });
    }

private:
    HttpClient client_;
    std::string request_;
    Clock::time_point asked_;
};

/// A worker that takes jobs and answers each; then it takes the next.
class Worker {
public:
    Worker(const Jobs& jobs, std::string answer)
        : client_(jobs.address.port),
          poll_(get(jobs.take == 1 ? "/service/bench/jobs"
                                   : fmt::format("/service/bench/jobs?n={}", jobs.take))),
          answer_(std::move(answer)),
          turn_(jobs.turn) {}

    [[nodiscard]] int descriptor() const { return client_.descriptor(); }

    void poll() { client_.send(poll_); }

    void read() {
        client_.read([this](unsigned status, std::string_view body) {
            if (unanswered_ > 0) {
                if (--unanswered_ == 0 && turn_ != Turn::ahead) poll();
                return;
            }
            if (status == 204) return poll();
            std::string answers;
            std::string together;
            for (std::size_t at = 0; (at = body.find(mark, at)) != std::string_view::npos;) {
                at += mark.size();
                const std::string_view id = body.substr(at, 36);
                if (turn_ == Turn::next) {
                    answers = post(fmt::format("/jobs/{}?next=bench", id), answer_);
                } else if (turn_ == Turn::together) {
                    together +=
                        fmt::format("{}\"{}\":{}", together.empty() ? '{' : ',', id, answer_);
                } else {
                    answers += post(fmt::format("/jobs/{}", id), answer_);
                    ++unanswered_;
                }
            }
            if (turn_ == Turn::together) {
                answers = post("/jobs", together + '}');
                unanswered_ = 1;
            }
            if (turn_ == Turn::ahead) answers += poll_;
            client_.send(answers);
        });
    }

private:
    static constexpr std::string_view mark = R"({"id":")";

    HttpClient client_;
    std::string poll_;
    std::string answer_;
    Turn turn_;
    std::size_t unanswered_ = 0;
};

std::string run(const Jobs& jobs, std::string_view mode, std::string_view path,
                std::size_t worker_count) {
    const std::string value = fmt::format("\"{}\"", std::string(jobs.value_size - 2, '.'));
    std::deque<Caller> callers;
    std::deque<Worker> workers;
    Poller poller;
    for (std::size_t i = 0; i < worker_count; ++i) {
        workers.emplace_back(jobs, value);
        poller.add(workers.back(), jobs.callers + i, false);
        workers.back().poll();
    }
    for (std::size_t i = 0; i < jobs.callers; ++i) {
        callers.emplace_back(jobs.address.port, post(path, value));
        poller.add(callers.back(), i, false);
        callers.back().ask();
    }
    Tally tally(jobs);
    drive(poller, jobs, callers, workers, tally);
    return tally.json(mode);
}

}  // namespace

std::string run_echo(const Jobs& jobs) { return run(jobs, "echo", "/", 0); }

std::string run_http(const Jobs& jobs) { return run(jobs, "http", "/service/bench", jobs.workers); }

}  // namespace bench
