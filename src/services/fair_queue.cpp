#include "services/fair_queue.hpp"

#include <algorithm>

namespace gateway::services {

void FairQueue::count(const Entry& entry) {
    ++size_;
    bytes_ += entry.bytes;
}

FairQueue::Place FairQueue::add(const std::string& caller, const Entry& entry) {
    const auto [known, is_new] = lines_.try_emplace(caller, turns_.end());
    if (is_new) known->second = turns_.insert(turns_.end(), Line{.caller = caller, .entries = {}});
    Place place;
    place.line = known->second;
    place.entry = place.line->entries.insert(place.line->entries.end(), entry);
    count(entry);
    return place;
}

FairQueue::Place FairQueue::add_first(const Entry& entry) {
    Place place;
    place.line = returned_.begin();
    place.entry = place.line->entries.insert(place.line->entries.end(), entry);
    count(entry);
    return place;
}

Uuid FairQueue::take() {
    Place place;
    place.line = returned_.front().entries.empty() ? turns_.begin() : returned_.begin();
    place.entry = place.line->entries.begin();
    const Uuid job = place.entry->job;
    if (place.line != returned_.begin()) turns_.splice(turns_.end(), turns_, place.line);
    remove(place);
    return job;
}

void FairQueue::remove(const Place& place) {
    --size_;
    bytes_ -= place.entry->bytes;
    place.line->entries.erase(place.entry);
    if (place.line == returned_.begin() || !place.line->entries.empty()) return;
    lines_.erase(place.line->caller);
    turns_.erase(place.line);
}

std::size_t FairQueue::size_of(const std::string& caller) const {
    const auto known = lines_.find(caller);
    return known == lines_.end() ? 0 : known->second->entries.size();
}

std::optional<Time> FairQueue::oldest() const {
    std::optional<Time> oldest;
    const auto look = [&oldest](const Entry& entry) {
        oldest = oldest ? std::min(*oldest, entry.since) : entry.since;
    };
    // Those that came back did so in any order.
    for (const Entry& entry : returned_.front().entries) look(entry);
    for (const Line& line : turns_) look(line.entries.front());
    return oldest;
}

}  // namespace gateway::services
