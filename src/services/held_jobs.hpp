#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "services/job.hpp"

namespace gateway::services {

/// Which of a connection's workers has which job.
///
/// A job that was recalled is remembered for a while, since its late answer frees the worker's
/// place: of those the last so many as the workers' credit allows.
class HeldJobs {
public:
    void add(const Uuid& job, WorkerId worker);

    /// Its answer is no longer wanted. At most `credit` of those are remembered.
    void recall(const Uuid& job, std::size_t credit);

    /// It is answered. The worker that has it, or had it; none where that is not known.
    WorkerId take(const Uuid& job);

    [[nodiscard]] WorkerId find(const Uuid& job) const;

    /// Whether an answer is wanted.
    [[nodiscard]] bool has(const Uuid& job) const;
    [[nodiscard]] bool has_any() const { return jobs_.size() > recalled_; }

    /// The worker is gone.
    void remove(WorkerId worker);

private:
    struct Held {
        WorkerId worker{};
        bool is_recalled = false;
    };

    std::unordered_map<Uuid, Held> jobs_;
    std::deque<Uuid> order_;    ///< In which jobs were recalled; some are gone.
    std::size_t recalled_ = 0;  ///< Of `jobs_`.
};

}  // namespace gateway::services
