#include "fanout/sightings.hpp"

#include <unordered_set>

namespace gateway::fanout {

void Sightings::look(const std::vector<TopicPartition>& seen) {
    ++looks_;
    std::unordered_set<std::string_view> names;
    for (const TopicPartition& each : seen) names.insert(each.topic);
    for (auto topic = topics_.begin(); topic != topics_.end();) {
        if (names.contains(topic->first)) {
            ++topic;
            continue;
        }
        by_look_.erase({topic->second, topic->first});
        topic = topics_.erase(topic);
    }
    for (const std::string_view name : names) {
        const auto [topic, is_new] = topics_.try_emplace(std::string(name), looks_);
        if (is_new) by_look_.emplace(looks_, topic->first);
    }
}

std::vector<std::string_view> Sightings::after(std::uint64_t look) const {
    std::vector<std::string_view> topics;
    for (auto each = by_look_.lower_bound({look + 1, {}}); each != by_look_.end(); ++each) {
        topics.push_back(each->second);
    }
    return topics;
}

void Sightings::clear() {
    by_look_.clear();
    topics_.clear();
}

}  // namespace gateway::fanout
