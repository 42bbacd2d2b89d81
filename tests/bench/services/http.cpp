#include <deque>
#include <vector>

#include <fmt/format.h>

#include "load/poller.hpp"
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
    Worker(std::uint16_t port, std::size_t take, std::string answer)
        : client_(port),
          poll_(get(take == 1 ? "/service/bench/jobs"
                              : fmt::format("/service/bench/jobs?n={}", take))),
          answer_(std::move(answer)) {}

    [[nodiscard]] int descriptor() const { return client_.descriptor(); }

    void poll() { client_.send(poll_); }

    void read() {
        client_.read([this](unsigned status, std::string_view body) {
            if (unanswered_ > 0) {
                if (--unanswered_ == 0) poll();
                return;
            }
            std::string answers;
            for (std::size_t at = 0; (at = body.find(mark, at)) != std::string_view::npos;) {
                at += mark.size();
                answers += post(fmt::format("/jobs/{}", body.substr(at, 36)), answer_);
                ++unanswered_;
            }
            if (status == 204) return poll();
            client_.send(answers);
        });
    }

private:
    static constexpr std::string_view mark = R"({"id":")";

    HttpClient client_;
    std::string poll_;
    std::string answer_;
    std::size_t unanswered_ = 0;
};

std::string run(const Jobs& jobs, std::string_view mode, std::string_view path,
                std::size_t worker_count) {
    const std::string value = fmt::format("\"{}\"", std::string(jobs.value_size - 2, '.'));
    std::deque<Caller> callers;
    std::deque<Worker> workers;
    Poller poller;
    for (std::size_t i = 0; i < worker_count; ++i) {
        workers.emplace_back(jobs.address.port, jobs.take, value);
        poller.add(workers.back(), jobs.callers + i, false);
        workers.back().poll();
    }
    for (std::size_t i = 0; i < jobs.callers; ++i) {
        callers.emplace_back(jobs.address.port, post(path, value));
        poller.add(callers.back(), i, false);
        callers.back().ask();
    }
    Tally tally(jobs);
    while (tally.goes_on()) {
        poller.wait(Clock::now() + std::chrono::milliseconds(100),
                    [&](std::size_t index, bool, bool) {
                        if (index < jobs.callers) return callers[index].read(tally);
                        workers[index - jobs.callers].read();
                    });
    }
    return tally.json(mode);
}

}  // namespace

std::string run_echo(const Jobs& jobs) { return run(jobs, "echo", "/", 0); }

std::string run_http(const Jobs& jobs) { return run(jobs, "http", "/service/bench", jobs.workers); }

}  // namespace bench
