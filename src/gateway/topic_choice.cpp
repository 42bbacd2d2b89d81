#include "gateway/topic_choice.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/excerpt.hpp"
#include "broker/topic_name.hpp"

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
                     fmt::format("\"{}\" {}", excerpt(text), pattern.error().message));
    }
    return std::make_shared<const Regex>(std::move(*pattern));
}

/// The name of a broker that stands where none can: no topic has a colon in its name.
std::string_view misplaced_broker(std::string_view pattern) {
    const auto colon = pattern.find(':');
    if (colon == std::string_view::npos || pattern.find('|') != std::string_view::npos) return {};
    const auto name = pattern.substr(1, colon - 1);
    return is_topic_name(name) ? name : std::string_view();
}

}  // namespace

std::optional<Error> TopicChoice::add(const Brokers& brokers, std::string_view text) {
    const bool is_plain = text.starts_with('^');
    if (const auto name = is_plain ? misplaced_broker(text) : std::string_view(); !name.empty()) {
        return Error(Errc::invalid_topic,
                     fmt::format("\"{}\" matches no topic, since no name has a colon; a pattern of "
                                 "the broker \"{}\" begins with \"{}:^\"",
                                 excerpt(text), excerpt(name), excerpt(name)));
    }
    auto address = is_plain ? Address{&brokers.standard(), text} : brokers.split(text);
    if (address && address->topic.starts_with('^')) {
        auto pattern = compile(address->topic);
        if (!pattern) return pattern.error();
        return add(
            *address->broker, text,
            {.names = {}, .topic = std::string(address->topic), .pattern = std::move(*pattern)});
    }
    address = brokers.find(text);
    if (!address) return address.error();
    return add(*address->broker, text,
               {.names = {}, .topic = std::string(address->topic), .pattern = {}});
}

bool TopicChoice::Entry::is_called(std::string_view text) const {
    return std::ranges::find(names, text) != names.end();
}

std::optional<Error> TopicChoice::add(Broker& broker, std::string_view name, Entry entry) {
    if (broker_ && broker_ != &broker) {
        return Error(Errc::not_supported, "one subscription has topics of one broker");
    }
    broker_ = &broker;
    const auto found = std::ranges::find(entries_, entry.topic, &Entry::topic);
    Entry& there = found != entries_.end() ? *found : entries_.emplace_back(std::move(entry));
    if (!there.is_called(name)) there.names.emplace_back(name);
    return std::nullopt;
}

void TopicChoice::remove(std::string_view text) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.is_called(text); });
}

bool TopicChoice::has(std::string_view text) const {
    return std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.is_called(text); });
}

bool TopicChoice::covers(std::string_view topic) const {
    return std::ranges::any_of(entries_, [&](const Entry& each) {
        return each.pattern ? each.pattern->matches_beginning(topic) : each.topic == topic;
    });
}

std::vector<std::string> TopicChoice::names() const {
    std::vector<std::string> names;
    names.reserve(entries_.size());
    for (const Entry& entry : entries_) names.push_back(entry.names.front());
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
