#include "cluster/roster.hpp"

namespace gateway::cluster {

using services::Told;
using services::WorkerId;

template <typename Do>
void Roster::each_of(const std::string& process, Do what) {
    for (auto at = entries_.lower_bound({process, ""});
         at != entries_.end() && at->first.first == process; ++at) {
        what(at->second);
    }
}

bool Roster::tell(Told told) {
    const Key key{told.process, told.service};
    const auto found = entries_.find(key);
    if (found != entries_.end() && !told.is_withdrawn() &&
        told.version <= found->second.told.version) {
        return true;
    }
    if (found == entries_.end() && told.is_empty()) return true;
    if (told.is_withdrawn()) {
        end(found->second);
        entries_.erase(found);
        return true;
    }
    if (found == entries_.end() && entries_.size() >= limit_) return false;
    Entry& entry = entries_[key];
    entry.told = std::move(told);
    if (!open_.contains(key.first)) return true;
    board_.show(entry.told);
    update(entry);
    return true;
}

void Roster::tell_nobody_free(const std::string& process, const std::string& service,
                              std::uint64_t version) {
    const auto found = entries_.find({process, service});
    if (found == entries_.end() || version < found->second.told.version) return;
    found->second.told.version = version;
    found->second.told.credit = 0;
    if (found->second.worker) update(found->second);
}

void Roster::open(const std::string& process) {
    if (!open_.insert(process).second) return;
    each_of(process, [this](Entry& entry) {
        board_.show(entry.told);
        update(entry);
    });
}

void Roster::close(const std::string& process) {
    if (open_.erase(process) == 0) return;
    each_of(process, [this](Entry& entry) { end(entry); });
}

void Roster::forget(const std::string& process) {
    close(process);
    std::erase_if(entries_, [&](const auto& entry) { return entry.first.first == process; });
}

std::set<std::string> Roster::closed() const {
    std::set<std::string> closed;
    for (auto at = entries_.begin(); at != entries_.end();) {
        const std::string& process = at->first.first;
        if (!open_.contains(process)) closed.insert(process);
        // No name comes between the two: on to the next process, however many services this has.
        at = entries_.lower_bound({process + '\0', ""});
    }
    return closed;
}

void Roster::set_paused(bool is_paused) {
    is_paused_ = is_paused;
    for (auto& [key, entry] : entries_) {
        if (entry.worker) update(entry);
    }
}

void Roster::update(Entry& entry) {
    if (!entry.worker) {
        entry.worker = board_.join(entry.told.process, entry.told.service);
        entry.credit = 0;
    }
    const unsigned credit = is_paused_ ? 0 : entry.told.credit;
    if (credit == entry.credit) return;
    entry.credit = credit;
    board_.set_credit(*entry.worker, credit);
}

void Roster::end(Entry& entry) {
    if (!entry.worker) return;
    // Its worker leaves before it is given what comes back.
    board_.part(*entry.worker);
    entry.worker.reset();
    board_.show({.process = entry.told.process, .service = entry.told.service});
}

WorkerId Roster::worker(const std::string& process, const std::string& service) const {
    const auto found = entries_.find({process, service});
    const bool is_there = found != entries_.end() && found->second.worker;
    return is_there ? *found->second.worker : WorkerId::none;
}

std::vector<std::string> Roster::services_of(const std::string& process) const {
    std::vector<std::string> services;
    for (auto at = entries_.lower_bound({process, ""});
         at != entries_.end() && at->first.first == process; ++at) {
        services.push_back(at->first.second);
    }
    return services;
}

}  // namespace gateway::cluster
