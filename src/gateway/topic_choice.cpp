#include "gateway/topic_choice.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gateway {

namespace {

constexpr std::size_t max_pattern_bytes = 1000;

Result<std::shared_ptr<const Regex>> compile(std::string_view text) {
    if (text.size() > max_pattern_bytes) {
        return Error(Errc::invalid_topic,
                     fmt::format("a pattern has at most {} bytes", max_pattern_bytes));
    }
    auto pattern = Regex::compile(fmt::format("/{}/", text), {});
    if (!pattern) {
        return Error(Errc::invalid_topic,
                     fmt::format("\"{}\" {}", text.substr(0, 64), pattern.error().message));
    }
    return std::make_shared<const Regex>(std::move(*pattern));
}

}  // namespace

std::optional<Error> TopicChoice::add(const Brokers& brokers, std::string_view text) {
    if (text.starts_with('^')) {
        auto pattern = compile(text);
        if (!pattern) return pattern.error();
        return add(brokers.standard(),
                   {.name = std::string(text), .topic = {}, .pattern = std::move(*pattern)});
    }
    const auto address = brokers.find(text);
    if (!address) return address.error();
    return add(*address->broker,
               {.name = std::string(text), .topic = std::string(address->topic), .pattern = {}});
}

std::optional<Error> TopicChoice::add(Broker& broker, Entry entry) {
    if (broker_ && broker_ != &broker) {
        return Error(Errc::not_supported, "one subscription has topics of one broker");
    }
    broker_ = &broker;
    const bool is_there = std::ranges::any_of(entries_, [&](const Entry& each) {
        return entry.pattern ? each.name == entry.name : each.topic == entry.topic;
    });
    if (!is_there) entries_.push_back(std::move(entry));
    return std::nullopt;
}

void TopicChoice::remove(std::string_view text) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.name == text; });
}

bool TopicChoice::has(std::string_view text) const {
    return std::ranges::find(entries_, text, &Entry::name) != entries_.end();
}

bool TopicChoice::covers(std::string_view topic) const {
    return std::ranges::any_of(entries_, [&](const Entry& each) {
        return each.pattern ? each.pattern->matches_beginning(topic) : each.topic == topic;
    });
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
    for (const Entry& entry : entries_) {
        if (!entry.pattern) topics.push_back(entry.topic);
    }
    return topics;
}

std::function<bool(std::string_view)> TopicChoice::follows() const {
    std::vector<std::shared_ptr<const Regex>> patterns;
    for (const Entry& entry : entries_) {
        if (entry.pattern) patterns.push_back(entry.pattern);
    }
    if (patterns.empty()) return nullptr;
    return [patterns = std::move(patterns)](std::string_view topic) {
        return std::ranges::any_of(
            patterns, [&](const auto& pattern) { return pattern->matches_beginning(topic); });
    };
}

}  // namespace gateway
