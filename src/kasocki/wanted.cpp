#include "kasocki/wanted.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "filter/outline.hpp"
#include "wire/timestamp.hpp"

namespace gateway::kasocki {

namespace {

constexpr std::size_t max_assignments = 1000;
constexpr std::size_t max_times = 16;

using Kind = Outline::Kind;
using Value = Outline::Value;

Error invalid(std::string_view why = "") {
    return Error(
        Errc::invalid_payload,
        fmt::format("subscribe takes the name of a topic, an array of names, or an array of "
                    "objects with topic, partition and offset or timestamp{}{}",
                    why.empty() ? "" : ": ", why));
}

std::optional<std::int64_t> whole_number(const Value* value, std::int64_t low, std::int64_t high) {
    if (!value || value->kind != Kind::number) return std::nullopt;
    const char* const end = value->text.data() + value->text.size();
    std::int64_t number = 0;
    const auto read = std::from_chars(value->text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < low || number > high) {
        return std::nullopt;
    }
    return number;
}

Result<Assignment> parse_assignment(const Value& value) {
    const Value* topic = value.field("topic");
    if (!topic || topic->kind != Kind::string) return invalid("topic must be a string");
    const auto partition =
        whole_number(value.field("partition"), 0, std::numeric_limits<std::int32_t>::max());
    if (!partition) return invalid("partition must be a whole number from 0 on");
    Assignment found{.topic = std::string(topic->text),
                     .partition = static_cast<std::int32_t>(*partition)};

    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const bool has_offset = value.field("offset");
    if (has_offset == (value.field("timestamp") != nullptr)) {
        return invalid("one of offset and timestamp must be there");
    }
    if (has_offset) {
        const auto offset = whole_number(value.field("offset"), Assignment::earliest, most);
        if (!offset) {
            return invalid("offset must be a whole number, -1 for the end or -2 for the beginning");
        }
        found.from = *offset;
    } else {
        const Value& timestamp = *value.field("timestamp");
        const auto at = timestamp.kind == Kind::string ? parse_timestamp(timestamp.text)
                                                       : whole_number(&timestamp, 0, most);
        if (!at) return invalid("timestamp must be milliseconds since 1970 or as RFC 3339 has it");
        found.from = Assignment::Since{*at};
    }
    return found;
}

std::optional<Error> add(const Value& value, Wanted& out) {
    if (value.kind == Kind::string) {
        out.topics.emplace_back(value.text);
    } else if (value.kind == Kind::object) {
        auto assignment = parse_assignment(value);
        if (!assignment) return assignment.error();
        out.assignments.push_back(std::move(*assignment));
    } else {
        return invalid();
    }
    const bool is_mixed = !out.topics.empty() && !out.assignments.empty();
    return is_mixed ? std::optional(invalid("names and objects do not go together")) : std::nullopt;
}

bool stands_twice(const std::vector<Assignment>& assignments) {
    std::set<std::pair<std::string_view, std::int32_t>> seen;
    return !std::ranges::all_of(assignments, [&](const Assignment& each) {
        return seen.emplace(each.topic, each.partition).second;
    });
}

std::size_t count_times(const std::vector<Assignment>& assignments) {
    std::set<Timestamp> times;
    for (const Assignment& each : assignments) {
        if (const auto* since = std::get_if<Assignment::Since>(&each.from)) times.insert(since->at);
    }
    return times.size();
}

}  // namespace

std::vector<std::string> Wanted::all_topics() const {
    std::vector<std::string> all = topics;
    for (const Assignment& each : assignments) all.push_back(each.topic);
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

Result<Wanted> parse_wanted(std::string_view json, std::size_t max_topics) {
    Outline outline;
    const Value* value = outline.read(json);
    if (!value) return Error(Errc::malformed_message);
    Wanted wanted;
    if (value->kind == Kind::string) {
        wanted.topics.emplace_back(value->text);
        return wanted;
    }
    if (value->kind != Kind::array) return invalid();
    if (value->first() == value->end()) return invalid("the array is empty");
    for (const Value* each = value->first(); each != value->end(); each = each->next()) {
        if (const auto error = add(*each, wanted)) return *error;
        if (wanted.assignments.size() > max_assignments) {
            return Error(Errc::limit_reached,
                         fmt::format("more than {} assignments", max_assignments));
        }
    }
    if (stands_twice(wanted.assignments)) return invalid("a partition stands twice");
    if (count_times(wanted.assignments) > max_times) {
        return Error(Errc::limit_reached,
                     fmt::format("more than {} different timestamps", max_times));
    }
    if (wanted.all_topics().size() > max_topics) {
        return Error(Errc::limit_reached,
                     fmt::format("more topics than consumer.max_topics allows: {}", max_topics));
    }
    return wanted;
}

}  // namespace gateway::kasocki
