#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "services/job.hpp"

namespace gateway::services {

/// What is to happen when.
class Agenda {
public:
    struct Due {
        enum class What : std::uint8_t {
            deadline,  ///< Of a job.
            lease,     ///< Of the worker that has the job.
            place,     ///< That a job which was recalled from the worker takes up there.
            poll,      ///< Of the worker, which has waited long enough,
            call,      ///< and of the call, whose job goes on.
        };
        What what{};
        Uuid job{};
        WorkerId worker{};
        CallId call{};
    };

    using Entry = std::multimap<Time, Due>::iterator;

    Entry add(Time when, const Due& due) { return entries_.emplace(when, due); }
    void remove(Entry entry) { entries_.erase(entry); }

    /// When the next is due.
    [[nodiscard]] std::optional<Time> next() const {
        if (entries_.empty()) return std::nullopt;
        return entries_.begin()->first;
    }

    /// Takes the first that is due by `now`, if any is.
    [[nodiscard]] std::optional<Due> take(Time now) {
        if (entries_.empty() || entries_.begin()->first > now) return std::nullopt;
        const Due due = entries_.begin()->second;
        entries_.erase(entries_.begin());
        return due;
    }

private:
    std::multimap<Time, Due> entries_;
};

}  // namespace gateway::services
