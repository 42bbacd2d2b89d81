#include "memory/topic.hpp"

#include <algorithm>
#include <utility>

namespace gateway::memory {

namespace {

/// FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
std::uint32_t hash(std::string_view key) {
    std::uint32_t sum = 2166136261U;
    for (const char each : key) sum = (sum ^ static_cast<unsigned char>(each)) * 16777619U;
    return sum;
}

bool is_legal(char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '.' || each == '_' || each == '-';
}

}  // namespace

bool is_topic_name(std::string_view name) {
    return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
           std::ranges::all_of(name, is_legal);
}

Topic::Topic(std::string name, std::int32_t partitions, TopicConfig config)
    : name_(std::make_shared<const std::string>(std::move(name))),
      config_(config),
      logs_(static_cast<std::size_t>(partitions)) {}

std::int32_t Topic::choose(std::optional<std::string_view> key) const {
    if (!key) return current_;
    return static_cast<std::int32_t>(hash(*key) % static_cast<std::uint32_t>(size()));
}

}  // namespace gateway::memory
