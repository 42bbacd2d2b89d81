#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "services/job.hpp"

namespace gateway::services {

/// A worker that registered, as others may see it.
struct Member {
    WorkerId worker{};
    std::string service{};
    std::vector<std::string> commands{};  ///< That it says it knows; empty: it does not say.
    std::string about{};                  ///< JSON text of its own, or empty.
    unsigned credit = 1;
    std::string process{};  ///< Of the node where it registered; empty: of this one.

    /// It stands for workers elsewhere, of another node or behind a broker, who are leased the job
    /// there or not at all: it holds a job until it answers, gives back, or parts. Nobody is told
    /// of it.
    bool is_stand_in = false;
};

/// Jobs for a worker. To a poll this comes once and ends it; empty where none came in time.
struct Assigned {
    WorkerId worker{};
    std::vector<Assignment> jobs;
};

/// A registered worker's answer to this job is no longer wanted. Its place is taken until it
/// answers all the same, or until its lease is over; that of a stand-in is free at once.
struct Recalled {
    WorkerId worker{};
    Uuid job;
    Errc why{};  ///< What its answer would be refused with.
};

/// A worker's word before its last.
struct Progressed {
    CallId call{};
    Uuid job;
    Text body;
};

/// The last that a call hears.
struct Finished {
    CallId call{};
    Uuid job;
    Outcome outcome;
};

/// A change of the connected state.
struct Announced {
    WatcherId watcher{};
    Member member;
    bool has_joined = false;  ///< Otherwise it has left.
};

/// What is to be told to whom, in this order.
using Effect = std::variant<Assigned, Recalled, Progressed, Finished, Announced>;
using Effects = std::vector<Effect>;

}  // namespace gateway::services
