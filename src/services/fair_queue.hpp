#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "services/job.hpp"

namespace gateway::services {

/// The jobs that wait for a worker of one service. Callers take turns, and the jobs of one leave in
/// the order they came; what comes back from a worker leaves first.
class FairQueue {
public:
    struct Entry {
        Uuid job;
        std::size_t bytes = 0;
        Time since{};
    };

private:
    struct Waiting {
        Entry entry;
        std::multiset<Time>::iterator since;
    };

    struct Line {
        std::string caller;
        std::list<Waiting> entries;
    };

public:
    /// Where a job stands, until it is taken or removed.
    class Place {
        friend class FairQueue;
        std::list<Line>::iterator line;
        std::list<Waiting>::iterator entry;
    };

    FairQueue() = default;
    FairQueue(const FairQueue&) = delete;
    FairQueue& operator=(const FairQueue&) = delete;

    [[nodiscard]] Place add(const std::string& caller, const Entry& entry);
    [[nodiscard]] Place add_first(const Entry& entry);

    /// The job whose turn it is. It must not be empty.
    [[nodiscard]] Uuid take();
    void remove(const Place& place);

    [[nodiscard]] bool empty() const { return since_.empty(); }
    [[nodiscard]] std::size_t size() const { return since_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// Jobs of this caller, those aside that came back.
    [[nodiscard]] std::size_t size_of(const std::string& caller) const;

    /// Since when its oldest job waits.
    [[nodiscard]] std::optional<Time> oldest() const;

private:
    [[nodiscard]] Place insert(std::list<Line>::iterator line, const Entry& entry);

    std::list<Line> returned_{1};  ///< One line, that of jobs which came back.
    std::list<Line> turns_;        ///< The first has the next turn. None is empty.
    std::unordered_map<std::string, std::list<Line>::iterator> lines_;
    std::multiset<Time> since_;  ///< Of all jobs.
    std::size_t bytes_ = 0;
};

}  // namespace gateway::services
