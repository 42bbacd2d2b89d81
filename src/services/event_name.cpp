#include "services/event_name.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gateway::services {
namespace {

bool is_literal(std::string_view segment) {
    return std::ranges::none_of(segment, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f || c == '*' || c == '>';
    });
}

std::optional<Error> refusal_of_size(std::string_view name, const EventNameLimits& limits) {
    if (!name.empty() && name.size() <= limits.max_bytes) return std::nullopt;
    return Error(Errc::invalid_event,
                 fmt::format("an event's name is 1 to {} bytes, by services.max_event_name_bytes",
                             limits.max_bytes));
}

template <typename IsSegment>
std::optional<Error> refusal(std::string_view name, const EventNameLimits& limits,
                             IsSegment is_segment) {
    if (auto size = refusal_of_size(name, limits)) return size;
    if (name.ends_with('.')) return Error(Errc::invalid_event);
    std::size_t count = 0;
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view segment = take_segment(rest);
        if (segment.empty() || !is_segment(segment, rest.empty())) return Errc::invalid_event;
        ++count;
    }
    if (count <= limits.max_segments) return std::nullopt;
    return Error(Errc::invalid_event, fmt::format("an event's name has at most {} segments, by "
                                                  "services.max_event_segments",
                                                  limits.max_segments));
}

}  // namespace

std::string_view take_segment(std::string_view& name) {
    const std::size_t dot = name.find('.');
    const std::string_view segment = name.substr(0, dot);
    name.remove_prefix(dot == name.npos ? name.size() : dot + 1);
    return segment;
}

std::optional<Error> refusal_of_name(std::string_view name, const EventNameLimits& limits) {
    return refusal(name, limits,
                   [](std::string_view segment, bool) { return is_literal(segment); });
}

std::optional<Error> refusal_of_pattern(std::string_view pattern, const EventNameLimits& limits) {
    return refusal(pattern, limits, [](std::string_view segment, bool is_last) {
        return segment == "*" || (segment == ">" && is_last) || is_literal(segment);
    });
}

bool is_wild(std::string_view pattern) { return pattern.find_first_of("*>") != pattern.npos; }

}  // namespace gateway::services
