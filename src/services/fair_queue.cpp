#include "services/fair_queue.hpp"

namespace gateway::services {

FairQueue::Place FairQueue::insert(std::list<Line>::iterator line, const Entry& entry) {
    // Most come in the order of time, which makes the last place theirs.
    const Waiting waiting{entry, since_.insert(since_.end(), entry.since)};
    bytes_ += entry.bytes;
    Place place;
    place.line = line;
    place.entry = line->entries.insert(line->entries.end(), waiting);
    return place;
}

FairQueue::Place FairQueue::add(const std::string& caller, const Entry& entry) {
    const auto [known, is_new] = lines_.try_emplace(caller, turns_.end());
    if (is_new) known->second = turns_.insert(turns_.end(), Line{.caller = caller, .entries = {}});
    return insert(known->second, entry);
}

FairQueue::Place FairQueue::add_first(const Entry& entry) {
    return insert(returned_.begin(), entry);
}

Uuid FairQueue::take() {
    Place place;
    place.line = returned_.front().entries.empty() ? turns_.begin() : returned_.begin();
    place.entry = place.line->entries.begin();
    const Uuid job = place.entry->entry.job;
    if (place.line != returned_.begin()) turns_.splice(turns_.end(), turns_, place.line);
    remove(place);
    return job;
}

void FairQueue::remove(const Place& place) {
    since_.erase(place.entry->since);
    bytes_ -= place.entry->entry.bytes;
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
    return since_.empty() ? std::nullopt : std::optional(*since_.begin());
}

}  // namespace gateway::services
