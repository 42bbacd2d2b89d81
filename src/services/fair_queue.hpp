#pragma once

#include <cstddef>
#include <list>
#include <optional>
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
        Time since;
    };

private:
    struct Line {
        std::string caller;
        std::list<Entry> entries;
    };

public:
    /// Where a job stands, until it is taken or removed.
    class Place {
        friend class FairQueue;
        std::list<Line>::iterator line;
        std::list<Entry>::iterator entry;
    };

    FairQueue() = default;
    FairQueue(const FairQueue&) = delete;
    FairQueue& operator=(const FairQueue&) = delete;

    [[nodiscard]] Place add(const std::string& caller, const Entry& entry);
    [[nodiscard]] Place add_first(const Entry& entry);

    /// The job whose turn it is. It must not be empty.
    [[nodiscard]] Uuid take();
    void remove(const Place& place);

    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// Jobs of this caller, those aside that came back.
    [[nodiscard]] std::size_t size_of(const std::string& caller) const;

    /// Since when its oldest job waits. It looks at each caller.
    [[nodiscard]] std::optional<Time> oldest() const;

private:
    void count(const Entry& entry);

    std::list<Line> returned_{1};  ///< One line, that of jobs which came back.
    std::list<Line> turns_;        ///< The first has the next turn. None is empty.
    std::unordered_map<std::string, std::list<Line>::iterator> lines_;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace gateway::services
