#include "services/elsewhere.hpp"

#include <algorithm>

namespace gateway::services {

std::vector<Elsewhere::Change> Elsewhere::set(Told told) {
    std::ranges::sort(told.members, {}, &Member::worker);
    Key key{told.service, told.process};
    std::vector<Member> before;
    if (const auto found = told_.find(key); found != told_.end()) {
        before = std::move(found->second.members);
        told_.erase(found);
    }
    std::vector<Change> changes;
    const auto add_missing = [&changes](const auto& from, const auto& in, bool has_joined) {
        for (const Member& member : from) {
            if (!std::ranges::binary_search(in, member.worker, {}, &Member::worker)) {
                changes.push_back({member, has_joined});
            }
        }
    };
    add_missing(before, told.members, false);
    add_missing(told.members, before, true);
    if (!told.is_empty()) told_.emplace(std::move(key), std::move(told));
    return changes;
}

std::map<std::string, Elsewhere::Count> Elsewhere::counts() const {
    std::map<std::string, Count> counts;
    for (const auto& [key, told] : told_) {
        Count& count = counts[told.service];
        count.workers += told.workers;
        count.polls += told.polls;
    }
    return counts;
}

Elsewhere::Count Elsewhere::count(const std::string& service) const {
    Count count;
    for (auto at = told_.lower_bound({service, ""}); at != told_.end(); ++at) {
        const Told& told = at->second;
        if (told.service != service) break;
        count.workers += told.workers;
        count.polls += told.polls;
    }
    return count;
}

void Elsewhere::add_members(const std::string& service, std::size_t most,
                            std::vector<Member>& out) const {
    for (auto at = told_.lower_bound({service, ""}); at != told_.end(); ++at) {
        const Told& told = at->second;
        if (told.service != service) break;
        for (const Member& member : told.members) {
            if (out.size() >= most) return;
            out.push_back(member);
        }
    }
}

}  // namespace gateway::services
