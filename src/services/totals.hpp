#pragma once

#include <cstdint>

#include "services/job.hpp"

namespace gateway::services {

/// What has happened at a hub since the start.
struct Totals {
    std::uint64_t calls = 0;      ///< That became jobs.
    std::uint64_t repeats = 0;    ///< That shared an earlier one's job by their key.
    std::uint64_t refused = 0;    ///< Calls that did not.
    std::uint64_t answered = 0;   ///< Jobs; and so the next.
    std::uint64_t failed = 0;     ///< By their worker's word.
    std::uint64_t expired = 0;    ///< At their deadline, taken by a worker or not.
    std::uint64_t abandoned = 0;  ///< After `Options::attempts`.
    std::uint64_t cancelled = 0;
    std::uint64_t stopped = 0;  ///< Because the server did.
    std::uint64_t retries = 0;  ///< Leases that ended without an answer, so that another began.
    std::uint64_t late = 0;     ///< Answers that were refused.

    /// One more job has ended.
    void count(const Outcome& outcome);
};

}  // namespace gateway::services
