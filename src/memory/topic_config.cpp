#include "memory/topic_config.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace gateway::memory {

namespace {

template <typename Number = std::int64_t>
std::optional<Number> number(const std::string& text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<TopicConfig::Cleanup> cleanup(const std::string& text) {
    if (text == "delete") return TopicConfig::Cleanup::remove;
    if (text == "compact") return TopicConfig::Cleanup::compact;
    if (text == "compact,delete" || text == "delete,compact") return TopicConfig::Cleanup::both;
    return std::nullopt;
}

Error wrong(const std::string& name, const std::string& value, std::string_view allowed) {
    return {Errc::invalid_topic_config,
            fmt::format("{} cannot be \"{}\": it is {}", name, value, allowed)};
}

}  // namespace

Result<TopicConfig> parse_topic_config(const std::map<std::string, std::string>& settings) {
    TopicConfig config;
    for (const auto& [name, value] : settings) {
        if (name == "cleanup.policy") {
            const auto policy = cleanup(value);
            if (!policy) return wrong(name, value, "delete, compact or both with a comma");
            config.cleanup = *policy;
        } else if (name == "retention.bytes" || name == "retention.ms") {
            const auto limit = number(value);
            if (!limit || *limit < -1) return wrong(name, value, "a number, or -1 for no limit");
            if (*limit == -1) continue;
            if (name == "retention.ms") {
                config.retention = std::chrono::milliseconds(*limit);
            } else {
                config.retention_bytes = static_cast<std::size_t>(*limit);
            }
        } else if (name == "max.message.bytes") {
            const auto limit = number(value);
            if (!limit || *limit < 0) return wrong(name, value, "a number of bytes");
            config.max_record_bytes = static_cast<std::size_t>(*limit);
        } else if (name == "delete.retention.ms") {
            const auto limit = number(value);
            if (!limit || *limit < 0) return wrong(name, value, "a number of milliseconds");
            config.tombstone_retention = std::chrono::milliseconds(*limit);
        } else if (name == "min.cleanable.dirty.ratio") {
            const auto ratio = number<double>(value);
            if (!ratio || !(*ratio >= 0 && *ratio <= 1)) return wrong(name, value, "0 to 1");
            config.min_dirty_ratio = std::max(*ratio, TopicConfig::least_dirty_ratio);
        } else {
            return Error(Errc::invalid_topic_config,
                         fmt::format("the embedded broker has no setting {}; it knows "
                                     "cleanup.policy, delete.retention.ms, max.message.bytes, "
                                     "min.cleanable.dirty.ratio, retention.bytes and retention.ms",
                                     name));
        }
    }
    return config;
}

}  // namespace gateway::memory
