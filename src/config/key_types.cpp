#include "config/key_types.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <fmt/format.h>

#include "config/units.hpp"

namespace gateway::config {
namespace {

constexpr std::string_view all_topics = "*";
constexpr std::string_view own_origin = "own";
constexpr std::string_view no_decoders = "none";
constexpr std::string_view no_header = "none";

template <typename Value>
std::optional<Value> within(std::optional<Value> value, Value least, Value most) {
    if (value && (*value < least || most < *value)) return std::nullopt;
    return value;
}

Type<std::string> matching(std::string allowed, bool (*is_allowed)(const std::string&)) {
    return {
        .allowed = std::move(allowed),
        .parse = [=](std::string_view text) -> std::optional<std::string> {
            std::string value(text);
            if (value.empty() || !is_allowed(value)) return std::nullopt;
            return value;
        },
        .write = [](const std::string& value) { return value; },
        .is_text = true,
    };
}

bool is_address(const std::string& text) {
    in6_addr ignored;
    return inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
           inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

bool is_path(const std::string& text) {
    return text.front() == '/' && std::ranges::all_of(text, [](char c) {
               return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '"';
           });
}

bool is_name(const std::string& text) {
    constexpr std::string_view characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return text.find_first_not_of(characters) == std::string::npos;
}

/// As browsers write it: scheme and host, no path.
bool is_origin(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (text == "*") return true;
    if (scheme == std::string_view::npos || scheme == 0) return false;
    const std::string_view host = text.substr(scheme + 3);
    return !host.empty() && host.find_first_of("/?#*@ \"") == std::string_view::npos;
}

bool is_decoder(std::string_view text) {
    const std::size_t equals = text.find('=');
    return equals != std::string_view::npos && equals > 0 && equals + 1 < text.size() &&
           is_path(std::string(text.substr(0, equals))) &&
           is_name(std::string(text.substr(equals + 1)));
}

/// An address, or one with the bits of its network behind it: 10.0.0.0/8.
bool is_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (!is_address(std::string(text.substr(0, slash)))) return false;
    if (slash == text.npos) return true;
    const std::uint64_t most = text.find(':') == text.npos ? 32 : 128;
    return within<std::uint64_t>(parse_number(text.substr(slash + 1)), 0, most).has_value();
}

/// A token of RFC 9110, section 5.6.2.
bool is_header(const std::string& text) {
    constexpr std::string_view characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
    return text.find_first_not_of(characters) == std::string::npos;
}

bool is_topic(std::string_view text) { return !text.empty() && is_name(std::string(text)); }

/// What stands between commas, with blanks around it; nothing if one of it is not allowed.
std::optional<std::vector<std::string>> parse_list(std::string_view text,
                                                   bool (*is_allowed)(std::string_view)) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.size(), text.find(',', begin));
        std::string_view item = text.substr(begin, end - begin);
        item.remove_prefix(std::min(item.size(), item.find_first_not_of(' ')));
        item = item.substr(0, item.find_last_not_of(' ') + 1);
        if (!is_allowed(item)) return std::nullopt;
        items.emplace_back(item);
        begin = end + 1;
    }
    return items;
}

std::string write_list(const std::vector<std::string>& items) {
    return fmt::format("{}", fmt::join(items, ","));
}

}  // namespace

Type<std::uint64_t> number(std::uint64_t least, std::uint64_t most) {
    return {
        .allowed = fmt::format("a number from {} to {}", least, most),
        .parse = [=](std::string_view text) { return within(parse_number(text), least, most); },
        .write = [](std::uint64_t value) { return std::to_string(value); },
    };
}

Type<std::uint64_t> size(std::uint64_t least, std::uint64_t most) {
    return {
        .allowed = fmt::format("a size from {} to {}", write_size(least), write_size(most)),
        .parse = [=](std::string_view text) { return within(parse_size(text), least, most); },
        .write = write_size,
    };
}

Type<std::chrono::milliseconds> duration(std::chrono::milliseconds least,
                                         std::chrono::milliseconds most) {
    return {
        .allowed =
            fmt::format("a duration from {} to {}", write_duration(least), write_duration(most)),
        .parse = [=](std::string_view text) { return within(parse_duration(text), least, most); },
        .write = write_duration,
    };
}

Type<std::optional<std::chrono::milliseconds>> duration_or_null(std::chrono::milliseconds least,
                                                                std::chrono::milliseconds most) {
    using Value = std::optional<std::chrono::milliseconds>;
    const auto some = duration(least, most);
    return {
        .allowed = some.allowed + " or null",
        .parse = [=](std::string_view text) -> std::optional<Value> {
            if (text == "null") return Value();
            const Value value = some.parse(text);
            if (!value) return std::nullopt;
            return std::make_optional<Value>(value);
        },
        .write = [](const Value& value) { return value ? write_duration(*value) : "null"; },
        .is_optional = true,
    };
}

Type<bool> flag() {
    return {
        .allowed = "true or false",
        .parse = [](std::string_view text) -> std::optional<bool> {
            if (text != "true" && text != "false") return std::nullopt;
            return text == "true";
        },
        .write = [](bool value) { return std::string(value ? "true" : "false"); },
    };
}

Type<std::string> text() {
    return matching("text of at least one character", [](const std::string&) { return true; });
}

Type<std::string> name() { return matching("a name of a-z A-Z 0-9 . _ -", is_name); }

Type<std::map<std::string, std::string>> decoders() {
    using Decoders = std::map<std::string, std::string>;
    return {
        .allowed =
            "none or paths with their decoders, as /packed=msgpack, with commas between them",
        .parse = [](std::string_view text) -> std::optional<Decoders> {
            Decoders decoders;
            if (text == no_decoders) return decoders;
            const auto items = parse_list(text, is_decoder);
            if (!items) return std::nullopt;
            for (const std::string& item : *items) {
                const std::size_t equals = item.find('=');
                if (!decoders.emplace(item.substr(0, equals), item.substr(equals + 1)).second) {
                    return std::nullopt;
                }
            }
            return decoders;
        },
        .write =
            [](const Decoders& decoders) {
                std::string text;
                for (const auto& [path, decoder] : decoders) {
                    text += fmt::format("{}{}={}", text.empty() ? "" : ",", path, decoder);
                }
                return text.empty() ? std::string(no_decoders) : text;
            },
        .is_text = true,
        .is_list = true,
    };
}

Type<std::string> path() { return matching("a path that begins with /", is_path); }

Type<std::vector<std::string>> origins() {
    using Origins = std::vector<std::string>;
    return {
        .allowed = "own, *, or origins such as https://example.com with commas between them",
        .parse =
            [](std::string_view text) {
                return text == own_origin ? std::make_optional<Origins>()
                                          : parse_list(text, is_origin);
            },
        .write =
            [](const Origins& origins) {
                return origins.empty() ? std::string(own_origin) : write_list(origins);
            },
        .is_text = true,
        .is_list = true,
    };
}

Type<std::vector<std::string>> networks() {
    return {
        .allowed = "addresses or networks such as 10.0.0.0/8, with commas between them",
        .parse = [](std::string_view text) { return parse_list(text, is_network); },
        .write = write_list,
        .is_text = true,
        .is_list = true,
    };
}

Type<std::vector<std::string>> topics() {
    using Topics = std::vector<std::string>;
    return {
        .allowed = "* or names of topics, with commas between them",
        .parse =
            [](std::string_view text) {
                return text == all_topics ? std::make_optional<Topics>()
                                          : parse_list(text, is_topic);
            },
        .write =
            [](const Topics& topics) {
                return topics.empty() ? std::string(all_topics) : write_list(topics);
            },
        .is_text = true,
        .is_list = true,
    };
}

Type<std::string> address() { return matching("an IPv4 or IPv6 address", is_address); }

Type<std::string> header() {
    Type<std::string> type = matching("none or the name of a header", is_header);
    type.parse = [parse = type.parse](std::string_view text) {
        return text == no_header ? std::make_optional<std::string>() : parse(text);
    };
    type.write = [](const std::string& name) {
        return name.empty() ? std::string(no_header) : name;
    };
    return type;
}

}  // namespace gateway::config
