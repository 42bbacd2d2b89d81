#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "services/uuid.hpp"

namespace gateway::services {

using Time = std::chrono::steady_clock::time_point;

/// JSON text that callers, jobs and workers on several threads share.
using Text = std::shared_ptr<const std::string>;

[[nodiscard]] inline Text text_of(std::string_view json) {
    return std::make_shared<const std::string>(json);
}

/// Who waits for a job, who works, who watches. Whoever makes them gives each one once.
enum class CallId : std::uint64_t {};
enum class WorkerId : std::uint64_t { none = 0 };
enum class WatcherId : std::uint64_t {};

/// What a caller asks of a service.
struct Call {
    std::string service{};  ///< is_service_name
    std::string command{};  ///< May be empty. The hub passes it on.
    Text body{};            ///< Passed on as it is.

    /// Callers take turns at a service: calls of one name share one.
    std::string caller{};

    std::optional<std::chrono::milliseconds> timeout{};  ///< Absent: `Options::timeout`.

    /// A call with the key of an earlier one of the same service, in progress or answered within
    /// `Options::keep`, gets that one's answer. Empty: none.
    std::string key{};

    /// The job goes on if nobody waits for it, and its answer is kept. So it is with a key.
    bool is_kept = false;

    /// Another node has given the job this id, and wants to have it done here: it is given to one
    /// of this node's own workers, once, and is forgotten when it ends.
    std::optional<Uuid> lent{};
    unsigned attempt = 1;  ///< Of one that is lent: so many workers have had it, with the next.
};

/// A job on its way to a worker.
struct Assignment {
    Uuid job;
    std::string service;
    std::string command;
    Text body;
    unsigned attempt = 1;             ///< From 2 on another worker may have begun it.
    std::chrono::milliseconds lease;  ///< From now; it ends with the job's deadline, if not before.
};

/// What a worker answered.
struct Answer {
    Text body;
    bool is_failure = false;  ///< The worker says that it failed; the body says how.
};

/// How a job ended: with a worker's answer, or without any.
using Outcome = Result<Answer>;

/// A job, as anyone may ask who knows its id.
struct JobView {
    enum class State : std::uint8_t { queued, working, ended };

    Uuid id;
    std::string service;
    std::string command;
    State state = State::queued;
    unsigned attempts = 0;

    /// Of one that has ended. The body is null where it was not kept.
    std::optional<Outcome> outcome{};
};

}  // namespace gateway::services
