#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/keys.hpp"

namespace gateway::config {

/// What the text of a setting may be, and what it then means.
template <typename Value>
struct Type {
    std::string allowed;  ///< Completes the sentence "… is not".
    std::function<std::optional<Value>(std::string_view)> parse;
    std::function<std::string(const Value&)> write;
    bool is_text = false;
    bool is_optional = false;
    bool is_list = false;
};

/// Both ends of a range are allowed.
[[nodiscard]] Type<std::uint64_t> number(std::uint64_t least, std::uint64_t most);
[[nodiscard]] Type<std::uint64_t> size(std::uint64_t least, std::uint64_t most);
[[nodiscard]] Type<std::chrono::milliseconds> duration(std::chrono::milliseconds least,
                                                       std::chrono::milliseconds most);
[[nodiscard]] Type<std::optional<std::chrono::milliseconds>> duration_or_null(
    std::chrono::milliseconds least, std::chrono::milliseconds most);

[[nodiscard]] Type<bool> flag();
[[nodiscard]] Type<std::string> text();     ///< Anything but nothing.
[[nodiscard]] Type<std::string> name();     ///< As clients may put it before a topic.
[[nodiscard]] Type<std::string> path();     ///< Of a URL.
[[nodiscard]] Type<std::string> address();  ///< IPv4 or IPv6.
[[nodiscard]] Type<std::string> header();   ///< A name; "none", which is empty.

/// Paths and their decoders, "/packed=msgpack", with commas between them; "none", which is empty.
[[nodiscard]] Type<std::map<std::string, std::string>> decoders();

/// Of web pages, with commas between them; "*" for all there are.
[[nodiscard]] Type<std::vector<std::string>> origins();

/// Addresses and networks, with commas between them.
[[nodiscard]] Type<std::vector<std::string>> networks();

/// Names of topics, with commas between them; "*", which is empty, for all there are.
[[nodiscard]] Type<std::vector<std::string>> topics();

/// One of several names.
template <typename Value>
Type<Value> choice(std::vector<std::pair<std::string_view, Value>> choices) {
    std::string allowed = "one of ";
    for (const auto& [name, value] : choices) allowed.append(name).append(", ");
    allowed.resize(allowed.size() - 2);
    return {
        .allowed = std::move(allowed),
        .parse = [choices](std::string_view text) -> std::optional<Value> {
            for (const auto& [name, value] : choices) {
                if (name == text) return value;
            }
            return std::nullopt;
        },
        .write =
            [choices](const Value& value) {
                const auto is_it = [&](const auto& entry) { return entry.second == value; };
                return std::string(std::ranges::find_if(choices, is_it)->first);
            },
    };
}

/// A value as its place has it.
template <typename Place, typename Value>
Place converted(const Value& value) {
    if constexpr (std::is_same_v<Value, std::chrono::milliseconds>) {
        return std::chrono::duration_cast<Place>(value);
    } else {
        return static_cast<Place>(value);
    }
}

/// The key whose value is where `path`, members from Config inwards, leads.
template <typename Value, typename... Path>
Key key(std::string_view name, Type<Value> type, std::string_view sentence, Path... path) {
    using Place = std::remove_cvref_t<decltype((std::declval<Config&>().*....*path))>;
    return {
        .name = name,
        .sentence = sentence,
        .allowed = type.allowed,
        .is_text = type.is_text,
        .is_optional = type.is_optional,
        .is_list = type.is_list,
        .read =
            [=](Config& config, std::string_view text) {
                const auto value = type.parse(text);
                if (value) (config.*....*path) = converted<Place>(*value);
                return value.has_value();
            },
        .write =
            [=](const Config& config) {
                return type.write(static_cast<Value>((config.*....*path)));
            },
    };
}

}  // namespace gateway::config
