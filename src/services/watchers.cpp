#include "services/watchers.hpp"

namespace gateway::services {

void Watchers::add(WatcherId watcher, const std::string& service) {
    by_service_[service].insert(watcher);
}

void Watchers::remove(WatcherId watcher, const std::string& service) {
    const auto found = by_service_.find(service);
    if (found == by_service_.end()) return;
    found->second.erase(watcher);
    if (found->second.empty()) by_service_.erase(found);
}

void Watchers::announce(const Member& member, bool has_joined, Effects& out) const {
    for (const std::string& name : {member.service, std::string()}) {
        const auto found = by_service_.find(name);
        if (found == by_service_.end()) continue;
        for (const WatcherId watcher : found->second) {
            out.emplace_back(Announced{watcher, member, has_joined});
        }
    }
}

}  // namespace gateway::services
