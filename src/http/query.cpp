#include "http/query.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/ascii.hpp"

namespace gateway::http {
namespace {

using std::chrono::milliseconds;

std::optional<char> decode_escape(std::string_view digits) {
    unsigned byte = 0;
    if (digits.size() < 2) return std::nullopt;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
    if (error != std::errc() || end != digits.data() + 2) return std::nullopt;
    return static_cast<char>(byte);
}

std::optional<std::string> decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const auto byte = decode_escape(text.substr(i + 1));
        if (!byte) return std::nullopt;
        decoded += *byte;
        i += 2;
    }
    return decoded;
}

/// Takes what stands before the next `separator`, and that.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), ascii_lower);
    return lower;
}

std::optional<std::int64_t> unit_of(std::string_view name) {
    if (name == "ms") return 1;
    if (name.empty() || name == "s") return 1000;
    if (name == "m") return 60'000;
    if (name == "h") return 3'600'000;
    return std::nullopt;
}

}  // namespace

std::optional<Parameters> parse_query(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        std::string_view value = take(query, '&');
        if (value.empty()) continue;
        auto name = decode(take(value, '='));
        auto decoded = decode(value);
        if (!name || !decoded) return std::nullopt;
        if (!parameters.emplace(*std::move(name), *std::move(decoded)).second) return std::nullopt;
    }
    return parameters;
}

std::optional<milliseconds> parse_time(std::string_view text) {
    constexpr double year = 365.0 * 24 * 3'600'000;
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return std::nullopt;
    const auto unit = unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
    if (!unit) return std::nullopt;
    const double time = number * static_cast<double>(*unit);
    // Written so that no number at all is refused as well.
    if (!(time >= 0 && time <= year)) return std::nullopt;
    return milliseconds(static_cast<std::int64_t>(time));
}

Preferences parse_preferences(std::string_view header) {
    Preferences preferences;
    bool has_wait = false;
    while (!header.empty()) {
        std::string_view preference = take(header, ',');
        std::string_view token = take(preference, ';');
        const std::string name = lower(trim(take(token, '=')));
        if (name == "respond-async") preferences.respond_async = true;
        if (name == "wait" && !std::exchange(has_wait, true)) {
            preferences.wait = parse_time(trim(token));
        }
    }
    return preferences;
}

bool is_json_type(std::string_view content_type) {
    const std::string type = lower(trim(take(content_type, ';')));
    return type == "application/json" || type.ends_with("+json");
}

}  // namespace gateway::http
