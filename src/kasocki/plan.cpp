#include "kasocki/plan.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "wire/escape.hpp"

namespace gateway::kasocki {

namespace {

constexpr std::size_t longest_name = 249;

std::string quoted(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

/// `timestamp` may be null.
void append_assignment(std::string& out, std::string_view topic, std::int32_t partition,
                       std::int64_t offset, const Assignment::Since* timestamp = nullptr) {
    if (out.size() > 1) out += ',';
    out += R"({"topic":)";
    append_string(out, topic);
    fmt::format_to(std::back_inserter(out), R"(,"partition":{},"offset":{})", partition, offset);
    if (timestamp) fmt::format_to(std::back_inserter(out), R"(,"timestamp":{})", timestamp->at);
    out += '}';
}

std::int64_t start_of(const Assignment& assignment, const Cursor& starts) {
    return std::ranges::find_if(starts,
                                [&](const Position& each) {
                                    return each.topic == assignment.topic &&
                                           each.partition == assignment.partition;
                                })
        ->offset;
}

}  // namespace

std::optional<Failure> check(const Wanted& wanted, const Topics& topics) {
    for (const std::string& topic : wanted.all_topics()) {
        if (topics.partitions(topic)) continue;
        const bool is_long = topic.size() > longest_name;
        return Failure{Kind::topic_not_available,
                       Error(Errc::topic_not_found,
                             fmt::format("the topic '{}' is not available: it does not exist, or "
                                         "kasocki.allowed_topics leaves it out",
                                         is_long ? "…" : topic)),
                       detail("topic", quoted(topic))};
    }
    for (const auto& [topic, partition, from] : wanted.assignments) {
        const auto& there_are = *topics.partitions(topic);
        if (std::ranges::find(there_are, partition) != there_are.end()) continue;
        return Failure{Kind::invalid_topic,
                       Error(Errc::partition_not_found,
                             fmt::format("the topic '{}' has no partition {}", topic, partition)),
                       detail("topic", quoted(topic))};
    }
    return std::nullopt;
}

Plan plan_topics(const Wanted& wanted, const Topics& topics) {
    Plan plan{.options = {.topics = wanted.all_topics(), .start = FromLatest{}}, .answer = "["};
    for (const std::string& topic : plan.options.topics) {
        for (const std::int32_t partition : *topics.partitions(topic)) {
            append_assignment(plan.answer, topic, partition, Assignment::latest);
        }
    }
    plan.answer += ']';
    return plan;
}

Plan plan_assignments(const Wanted& wanted, const Cursor& starts) {
    Plan plan{.options = {.topics = wanted.all_topics(), .start = starts}, .answer = "["};
    for (const Assignment& each : wanted.assignments) {
        plan.options.partitions.push_back({each.topic, each.partition});
        const auto* since = std::get_if<Assignment::Since>(&each.from);
        const std::int64_t offset =
            since ? start_of(each, starts) : std::get<std::int64_t>(each.from);
        append_assignment(plan.answer, each.topic, each.partition, offset, since);
    }
    plan.answer += ']';
    return plan;
}

}  // namespace gateway::kasocki
