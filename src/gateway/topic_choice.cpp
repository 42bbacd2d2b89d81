#include "gateway/topic_choice.hpp"

#include <algorithm>

namespace gateway {

std::optional<Error> TopicChoice::add(const Brokers& brokers, std::string_view text) {
    const auto address = brokers.find(text);
    if (!address) return address.error();
    if (broker_ && broker_ != address->broker) {
        return Error(Errc::not_supported, "one subscription has topics of one broker");
    }
    broker_ = address->broker;
    if (std::ranges::find(entries_, address->topic, &Entry::topic) == entries_.end()) {
        entries_.push_back({std::string(text), std::string(address->topic)});
    }
    return std::nullopt;
}

void TopicChoice::remove(std::string_view text) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.name == text; });
}

bool TopicChoice::has(std::string_view text) const {
    return std::ranges::find(entries_, text, &Entry::name) != entries_.end();
}

bool TopicChoice::covers(std::string_view topic) const {
    return std::ranges::find(entries_, topic, &Entry::topic) != entries_.end();
}

std::vector<std::string> TopicChoice::names() const {
    std::vector<std::string> names;
    names.reserve(entries_.size());
    for (const Entry& entry : entries_) names.push_back(entry.name);
    return names;
}

std::vector<std::string> TopicChoice::topics() const {
    std::vector<std::string> topics;
    topics.reserve(entries_.size());
    for (const Entry& entry : entries_) topics.push_back(entry.topic);
    return topics;
}

}  // namespace gateway
