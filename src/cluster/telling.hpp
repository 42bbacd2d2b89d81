#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/record.hpp"
#include "cluster/options.hpp"
#include "filter/outline.hpp"
#include "services/elsewhere.hpp"
#include "services/event_bus.hpp"

namespace gateway::cluster {

/// What a node tells all others of its workers of a service, in the topic of the state.
///
/// The key names process and service, so that compaction leaves the last of each. Of the workers
/// there are as many as the options allow; their number is told all the same.
[[nodiscard]] std::string key_of(std::string_view process, std::string_view service);
void append_told(std::string& out, const services::Told& told, const Options& options);

/// Without a value it is withdrawn: `Told::is_withdrawn`. Nothing for what is no such record.
[[nodiscard]] std::optional<services::Told> parse_told(const Record& record, Outline& outline);

/// Events, as a node tells them to all others: a line of JSON, and what the events carry, one
/// behind the other.
void append_events(std::string& out, std::string_view process,
                   std::span<const services::Emitted> events);

struct Events {
    std::string process{};
    std::vector<services::Emitted> events{};
};
[[nodiscard]] std::optional<Events> parse_events(std::string_view record, Outline& outline);

}  // namespace gateway::cluster
