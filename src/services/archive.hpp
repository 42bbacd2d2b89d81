#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

#include "services/job.hpp"

namespace gateway::services {

/// Jobs that have ended, for a time, up to so many and so many bytes: the oldest are forgotten.
class Archive {
public:
    struct Ended {
        JobView view;     ///< With its outcome.
        std::string key;  ///< `Call::key`
    };

    struct Options {
        std::chrono::milliseconds keep;
        std::size_t max_jobs;
        std::size_t max_bytes;
    };

    /// `on_forgotten` is called for each as it goes.
    Archive(const Options& options, std::function<void(const Ended&)> on_forgotten);

    void add(Ended ended, Time now);

    /// Null where there is none, or no longer.
    [[nodiscard]] const Ended* find(const Uuid& job, Time now);

private:
    struct Kept {
        Ended ended;
        Time until;
        std::size_t bytes;
    };

    void forget(Time now);
    void forget_first();

    Options options_;
    std::function<void(const Ended&)> on_forgotten_;
    std::deque<Kept> kept_;  ///< The oldest first.
    std::uint64_t forgotten_ = 0;
    std::unordered_map<Uuid, std::uint64_t> by_id_;  ///< How many came before it.
    std::size_t bytes_ = 0;
};

}  // namespace gateway::services
