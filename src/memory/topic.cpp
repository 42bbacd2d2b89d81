#include "memory/topic.hpp"

#include <utility>

namespace gateway::memory {

namespace {

/// FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
std::uint32_t hash(std::string_view key) {
    std::uint32_t sum = 2166136261U;
    for (const char each : key) sum = (sum ^ static_cast<unsigned char>(each)) * 16777619U;
    return sum;
}

}  // namespace

Topic::Topic(std::string name, std::int32_t partitions, TopicConfig config)
    : name_(std::make_shared<const std::string>(std::move(name))),
      config_(config),
      logs_(static_cast<std::size_t>(partitions)) {}

std::int32_t Topic::choose(std::optional<std::string_view> key) const {
    if (!key) return current_;
    return static_cast<std::int32_t>(hash(*key) % static_cast<std::uint32_t>(size()));
}

}  // namespace gateway::memory
