#pragma once

#include <chrono>
#include <cstdint>

#include "measure/work.hpp"

namespace bench {

/// When to send at an even rate, whatever the answers do: what is late is caught up.
class Pace {
public:
    Pace(Clock::time_point start, std::uint64_t per_second)
        : start_(start), interval_(Clock::period::den / Clock::period::num / per_second) {}

    /// How many are due by now and have not been counted as sent.
    [[nodiscard]] std::uint64_t due(Clock::time_point now) const {
        return static_cast<std::uint64_t>((now - start_) / interval_) + 1 - sent_;
    }

    void sent(std::uint64_t count) { sent_ += count; }

    [[nodiscard]] Clock::time_point next() const {
        return start_ + interval_ * static_cast<Clock::rep>(sent_);
    }

private:
    Clock::time_point start_;
    Clock::duration interval_;
    std::uint64_t sent_ = 0;
};

}  // namespace bench
