#pragma once

#include <map>
#include <set>
#include <string>

#include "services/effect.hpp"

namespace gateway::services {

/// Who wants to hear which workers register and leave.
class Watchers {
public:
    /// Those of `service`, or of any for "".
    void add(WatcherId watcher, const std::string& service);
    void remove(WatcherId watcher, const std::string& service);

    void announce(const Member& member, bool has_joined, Effects& out) const;

private:
    std::map<std::string, std::set<WatcherId>> by_service_;
};

}  // namespace gateway::services
