#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "load/client.hpp"
#include "load/poller.hpp"
#include "services/drive.hpp"
#include "services/runs.hpp"
#include "services/tally.hpp"

namespace bench {
namespace {

/// A caller that sends its next command as soon as it has the answer.
class Caller {
public:
    Caller(const Address& address, std::string_view value)
        : client_(address),
          command_(fmt::format(
              R"({{"id":1,"t":"command","a":"send","p":{{"service":"bench","data":{}}}}})",
              value)) {}

    [[nodiscard]] int descriptor() const { return client_.descriptor(); }

    void ask() {
        asked_ = Clock::now();
        client_.send(command_);
    }
    void read(Tally& tally) {
        client_.read([&](std::string_view reply) {
            if (reply.find(R"("s":0)") == reply.npos) {
                throw std::runtime_error(fmt::format("a command was answered {}", reply));
            }
            tally.answered(asked_);
            ask();
        });
    }

private:
    Client client_;
    std::string command_;
    Clock::time_point asked_;
};

/// A worker that replies to what has come, in one frame.
class Worker {
public:
    Worker(const Address& address, std::size_t credit, std::string_view value)
        : client_(address), rest_(fmt::format(R"(","t":"command","a":"reply","p":{}}})", value)) {
        client_.ask(fmt::format(
            R"({{"id":1,"t":"service","a":"register","p":{{"service":"bench","credit":{}}}}})",
            credit));
    }

    [[nodiscard]] int descriptor() const { return client_.descriptor(); }

    void read() {
        replies_ = "[";
        client_.read([this](std::string_view requests) {
            for (std::size_t at = 0; (at = requests.find(begin, at)) != requests.npos;) {
                at += begin.size();
                replies_ += replies_.size() > 1 ? R"(,{"refid":")" : R"({"refid":")";
                replies_ += requests.substr(at, uuid_length);
                replies_ += rest_;
            }
        });
        if (replies_.size() > 1) client_.send(replies_ += ']');
    }

private:
    static constexpr std::string_view begin = R"({"id":")";
    static constexpr std::size_t uuid_length = 36;

    Client client_;
    std::string rest_;
    std::string replies_;
};

}  // namespace

std::string run_websocket(const Jobs& jobs) {
    const std::string value = fmt::format("\"{}\"", std::string(jobs.value_size - 2, '.'));
    std::deque<Caller> callers;
    std::deque<Worker> workers;
    Poller poller;
    for (std::size_t i = 0; i < jobs.workers; ++i) {
        workers.emplace_back(jobs.address, jobs.take, value);
        poller.add(workers.back(), jobs.callers + i, false);
    }
    for (std::size_t i = 0; i < jobs.callers; ++i) {
        callers.emplace_back(jobs.address, value);
        poller.add(callers.back(), i, false);
        callers.back().ask();
    }
    Tally tally(jobs);
    drive(poller, jobs, callers, workers, tally);
    return tally.json("websocket");
}

}  // namespace bench
