#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::http {

/// What a query says, by the name; the value of a name alone is empty.
using Parameters = std::map<std::string, std::string, std::less<>>;

/// Reads a query, "name=value&other=value". Nothing where an escape is broken, or a name comes
/// twice: which of the values is meant cannot be known.
[[nodiscard]] std::optional<Parameters> parse_query(std::string_view query);

/// A time of at most a year: "1500ms", "2s", "1m", "1h", or a number of seconds, "2" or "0.5".
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_time(std::string_view text);

/// What a client prefers (RFC 7240), of what there is here.
struct Preferences {
    bool respond_async = false;
    std::optional<std::chrono::milliseconds> wait;
};

/// From the value of a Prefer header. What is not known, or not understood, is passed over, and
/// so is what comes a second time.
[[nodiscard]] Preferences parse_preferences(std::string_view header);

/// Whether a Content-Type is one of JSON: application/json, or any that ends with +json.
[[nodiscard]] bool is_json_type(std::string_view content_type);

}  // namespace gateway::http
