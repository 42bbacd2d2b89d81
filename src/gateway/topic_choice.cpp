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
    const bool is_pattern = address && address->topic.starts_with('^');
    if (!is_pattern) address = brokers.find(text);
    if (!address) return address.error();
    std::shared_ptr<const Regex> pattern;
    if (is_pattern) {
        auto compiled = compile(address->topic);
        if (!compiled) return compiled.error();
        pattern = std::move(*compiled);
    }
    if (broker_ && broker_ != address->broker) {
        return Error(Errc::not_supported, "one subscription has topics of one broker");
    }
    broker_ = address->broker;
    own_ = brokers.own(*broker_);
    if (has(text)) return std::nullopt;
    const bool is_again =
        std::ranges::find(entries_, address->topic, &Entry::topic) != entries_.end();
    entries_.push_back({.name = std::string(text),
                        .pattern = std::move(pattern),
                        .topic_at = static_cast<std::uint32_t>(text.size() - address->topic.size()),
                        .is_again = is_again});
    return std::nullopt;
}

void TopicChoice::remove(std::string_view text) {
    const auto found = std::ranges::find(entries_, text, &Entry::name);
    if (found == entries_.end()) return;
    const std::string topic(found->topic());
    std::erase_if(entries_, [&](const Entry& entry) { return entry.topic() == topic; });
}

bool TopicChoice::has(std::string_view text) const {
    return std::ranges::find(entries_, text, &Entry::name) != entries_.end();
}

bool TopicChoice::covers(std::string_view topic) const {
    if (own_.has(topic)) return false;
    return std::ranges::any_of(entries_, [&](const Entry& each) {
        return each.pattern ? each.pattern->matches_beginning(topic) : each.topic() == topic;
    });
}

std::vector<std::string> TopicChoice::names() const {
    std::vector<std::string> names;
    names.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        if (!entry.is_again) names.push_back(entry.name);
    }
    return names;
}

std::vector<std::string> TopicChoice::topics() const {
    std::vector<std::string> topics;
    topics.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        if (!entry.pattern && !entry.is_again) topics.emplace_back(entry.topic());
    }
    return topics;
}

std::function<bool(std::string_view)> TopicChoice::follows() const {
    std::vector<std::shared_ptr<const Regex>> patterns;
    for (const Entry& entry : entries_) {
        if (entry.pattern && !entry.is_again) patterns.push_back(entry.pattern);
    }
    if (patterns.empty()) return nullptr;
    return [patterns = std::move(patterns), own = own_](std::string_view topic) {
        return !own.has(topic) && std::ranges::any_of(patterns, [&](const auto& each) {
            return each->matches_beginning(topic);
        });
    };
}

}  // namespace gateway
