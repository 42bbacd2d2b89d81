#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::http {

/// The value of the first parameter of this name in a query, "name=value&other=value", decoded;
/// empty where it has none. Nothing where there is no such parameter, or its escapes are broken.
[[nodiscard]] std::optional<std::string> find_parameter(std::string_view query,
                                                        std::string_view name);

/// A time of at most a year: "1500ms", "2s", "1m", "1h", or a number of seconds, "2" or "0.5".
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_time(std::string_view text);

/// What a client prefers (RFC 7240), of what there is here.
struct Preferences {
    bool respond_async = false;
    std::optional<std::chrono::milliseconds> wait;
};

/// From the value of a Prefer header. What is not known, or not understood, is passed over.
[[nodiscard]] Preferences parse_preferences(std::string_view header);

/// Whether a Content-Type is one of JSON: application/json, or any that ends with +json.
[[nodiscard]] bool is_json_type(std::string_view content_type);

}  // namespace gateway::http
