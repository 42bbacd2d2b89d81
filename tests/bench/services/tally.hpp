#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "services/delays.hpp"
#include "services/runs.hpp"

namespace bench {

/// Counts answers, once half a second has warmed up, until the time is over.
class Tally {
public:
    explicit Tally(const Jobs& jobs)
        : duration_(jobs.duration), server_(jobs.server), work_(jobs.server) {}

    void answered(Clock::time_point asked) {
        last_ = Clock::now();
        delays_.add(last_ - asked);
    }

    /// Whether to go on.
    [[nodiscard]] bool goes_on() {
        const auto now = Clock::now();
        if (now - last_ > std::chrono::seconds(5)) throw std::runtime_error("no answers come");
        if (is_warm_) return now < end_;
        if (now >= start_ + std::chrono::milliseconds(500)) {
            is_warm_ = true;
            delays_.clear();
            work_ = Work(server_);
            end_ = now + duration_;
        }
        return true;
    }

    [[nodiscard]] std::string json(std::string_view mode) {
        work_.end(delays_.count());
        return work_.json(mode, delays_.json());
    }

private:
    std::chrono::milliseconds duration_;
    pid_t server_;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
    Clock::time_point end_;
    bool is_warm_ = false;
    Work work_;
    Delays delays_;
};

}  // namespace bench
