#pragma once

#include <chrono>
#include <cstddef>

#include "services/desk_options.hpp"

namespace gateway::services {

/// `services.*`: jobs and those who do them.
struct Options {
    std::size_t max_queued = 10000;            ///< Jobs that wait for a worker of one service.
    std::size_t max_queued_of_caller = 5000;   ///< Of those, jobs of one caller.
    std::size_t max_queued_bytes = 64 << 20;   ///< Of all those.
    std::size_t max_jobs = 100000;             ///< Of all services, with those that are worked on.
    std::size_t max_bytes = 256 << 20;         ///< Of those.
    std::size_t max_callers_of_job = 1000;     ///< That wait for one job, by its key.
    std::size_t max_workers = 100000;          ///< Registered, and waiting for a job.
    std::size_t max_poll = 100;                ///< Jobs that one request may take.
    std::chrono::milliseconds timeout{60000};  ///< For a job's answer, where its caller says none.
    std::chrono::milliseconds max_timeout{3600000};  ///< The longest that a client may ask for.
    std::chrono::milliseconds lease{30000};  ///< For a worker's word; then the job is another's.
    unsigned attempts = 3;                   ///< Workers that a job is given to, one by one.
    std::chrono::milliseconds poll_timeout{25000};  ///< For a job, where the worker says none.
    std::chrono::milliseconds keep{300000};         ///< Finished jobs are known for so long.
    std::size_t max_kept = 10000;           ///< Of those; beyond it the oldest are forgotten.
    std::size_t max_kept_bytes = 64 << 20;  ///< Of their answers.
    DeskOptions desks{};                    ///< For what comes by WebSocket.
};

}  // namespace gateway::services
