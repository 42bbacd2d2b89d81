#pragma once

#include <optional>

#include "base/error.hpp"
#include "services/job.hpp"
#include "services/line.hpp"

namespace gateway::services {

/// Jobs of other nodes. An id says whose it is, so that whoever took a job at one node may answer,
/// or ask for it, at any other. On the switchboard's executor.
class FarJobs {
public:
    /// For a job of this node.
    [[nodiscard]] virtual Uuid make_id() = 0;

    /// Whether another node, there or not, has given a job this id.
    [[nodiscard]] virtual bool is_far(const Uuid& job) const = 0;

    /// What the job's own node says to that, as Switchboard has it for whoever polled. Where it
    /// is not there: job_not_found; where it cannot be asked now: limit_reached, record_too_large,
    /// broker_unavailable; and where it says nothing in time: request_timeout.
    virtual void answer(const Uuid& job, Answer answer, Line<std::optional<Error>> line) = 0;
    virtual void progress(const Uuid& job, Text body, Line<std::optional<Error>> line) = 0;
    virtual void cancel(const Uuid& job, Line<std::optional<Error>> line) = 0;
    virtual void find(const Uuid& job, Line<Result<JobView>> line) = 0;

protected:
    ~FarJobs() = default;
};

}  // namespace gateway::services
