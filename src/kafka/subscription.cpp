#include "kafka/subscription.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace gateway::kafka {

std::optional<Error> Subscription::begin(std::shared_ptr<const Catalog::Topics> topics) {
    known_ = std::move(topics);
    const auto* cursor = std::get_if<Cursor>(&options_.start);
    if (cursor == nullptr) return std::nullopt;
    const auto chosen = chosen_from(*known_);
    for (const auto& [topic, partition, offset] : *cursor) {
        const auto found = chosen.find(topic);
        if (found != chosen.end() && partition >= 0 && partition < found->second) continue;
        return Error(Errc::partition_not_found,
                     fmt::format("topic \"{}\" has no partition {}", topic, partition));
    }
    return std::nullopt;
}

Catalog::Topics Subscription::chosen_from(const Catalog::Topics& topics) const {
    Catalog::Topics chosen;
    for (const auto& name : options_.topics) {
        const auto found = topics.find(name);
        chosen.emplace(name, found == topics.end() ? 0 : found->second);
    }
    if (!options_.follows) return chosen;
    for (const auto& topic : topics) {
        if (!topic.first.starts_with("__") && options_.follows(topic.first)) chosen.insert(topic);
    }
    return chosen;
}

std::optional<Error> Subscription::refusal_of(const Catalog::Topics& chosen,
                                              std::size_t limit) const {
    if (!options_.follows || chosen.size() <= limit) return std::nullopt;
    return Error(Errc::limit_reached,
                 fmt::format("{} topics match, more than kafka.max_topics_per_member allows: {}",
                             chosen.size(), limit));
}

bool Subscription::is_whole_in(const Catalog::Topics& topics) const {
    return std::all_of(taken_.begin(), taken_.end(),
                       [&](const auto& topic) { return topics.contains(topic.first); });
}

std::optional<std::string> Subscription::missing_in(const Catalog::Topics& topics) const {
    for (const auto& topic : options_.topics) {
        if (!topics.contains(topic)) return topic;
    }
    return std::nullopt;
}

void Subscription::note_lost(const Catalog::Topics& topics) {
    for (const auto& [name, partitions] : taken_) {
        if (!topics.contains(name)) lost_.insert(name);
    }
}

bool Subscription::takes(const Catalog::Topics& chosen) const {
    return std::equal(chosen.begin(), chosen.end(), taken_.begin(), taken_.end(),
                      [](const auto& a, const auto& b) { return a.first == b.first; });
}

bool Subscription::is_new(const TopicPartition& partition) const {
    if (lost_.contains(partition.topic)) return true;
    const auto found = known_->find(partition.topic);
    return found == known_->end() || partition.partition >= found->second;
}

Start Subscription::start_of(const std::vector<TopicPartition>& partitions) const {
    const auto* cursor = std::get_if<Cursor>(&options_.start);
    if (cursor == nullptr) return options_.start;
    Cursor part;
    for (const auto& each : *cursor) {
        const auto found = std::find_if(partitions.begin(), partitions.end(), [&](const auto& at) {
            return at.partition == each.partition && at.topic == each.topic;
        });
        if (found != partitions.end()) part.push_back(each);
    }
    return part;
}

}  // namespace gateway::kafka
