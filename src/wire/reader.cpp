#include "wire/reader.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/number.hpp"

namespace gateway {

namespace {

constexpr int max_nesting = 64;

std::string_view trimmed(std::string_view text) {
    constexpr auto is_space = [](char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    };
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// True of a string's token, its quotes included, that means what is written.
bool is_plain(std::string_view token) {
    return token.size() >= 2 && token.back() == '"' && token.find('\\') == std::string_view::npos;
}

}  // namespace

std::string_view spelling(simdjson::ondemand::raw_json_string key) {
    const char* begin = key.raw();
    const char* end = begin;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return {begin, static_cast<std::size_t>(end - begin)};
}

bool is_at_end(simdjson::ondemand::document& document) {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

bool Reader::fail(Errc code, std::string message) {
    if (!error_) error_.emplace(code, std::move(message));
    return false;
}

bool Reader::malformed(simdjson::error_code error) {
    is_syntax_error_ |= !error_;
    return fail(Errc::malformed_message,
                fmt::format("not well-formed JSON: {}", simdjson::error_message(error)));
}

bool Reader::within(std::string_view place) {
    error_->message = fmt::format("{}: {}", place, error_->message);
    return false;
}

bool Reader::once(std::uint32_t& seen, unsigned bit, std::string_view path) {
    if (seen & (1U << bit)) {
        return fail(Errc::malformed_message, fmt::format("the key {} stands twice", path));
    }
    seen |= 1U << bit;
    return true;
}

bool Reader::is(Value& value, simdjson::ondemand::json_type type) {
    simdjson::ondemand::json_type found{};
    if (auto error = value.type().get(found)) return malformed(error);
    return found == type;
}

bool Reader::string(Value& value, std::string_view path, std::string_view& out) {
    if (!is(value, simdjson::ondemand::json_type::string)) {
        return fail(Errc::invalid_payload, fmt::format("{} must be a string", path));
    }
    const std::string_view token = trimmed(value.raw_json_token());
    if (is_plain(token)) {
        // The document's own bytes, which are known to be UTF-8 without control characters.
        out = token.substr(1, token.size() - 2);
        if (auto error = value.get_raw_json_string().error()) return malformed(error);
        return true;
    }
    if (auto error = value.get_string().get(out)) return malformed(error);
    // simdjson 3.0 turns a lone low surrogate into bytes that are not UTF-8.
    if (!simdjson::validate_utf8(out)) {
        return fail(Errc::malformed_message, fmt::format("{} has a lone surrogate", path));
    }
    return true;
}

bool Reader::boolean(Value& value, std::string_view path, bool& out) {
    if (!is(value, simdjson::ondemand::json_type::boolean)) {
        return fail(Errc::invalid_payload, fmt::format("{} must be true or false", path));
    }
    if (auto error = value.get_bool().get(out)) return malformed(error);
    return true;
}

bool Reader::choice(Value& value, std::string_view path, std::span<const std::string_view> names,
                    std::size_t& out) {
    std::string_view name;
    if (is(value, simdjson::ondemand::json_type::string)) {
        if (!string(value, path, name)) return false;
        const auto found = std::ranges::find(names, name);
        out = static_cast<std::size_t>(found - names.begin());
        if (found != names.end()) return true;
    }
    return fail(Errc::invalid_payload,
                fmt::format("{} must be \"{}\"", path, fmt::join(names, "\" or \"")));
}

bool Reader::integer(Value& value, std::string_view path, std::int64_t low, std::int64_t high,
                     std::int64_t& out) {
    const auto range = [&] {
        const bool is_open = high == std::numeric_limits<std::int64_t>::max();
        const auto end = is_open ? std::string("on") : fmt::format("to {}", high);
        return fail(Errc::invalid_payload,
                    fmt::format("{} must be a whole number from {} {}", path, low, end));
    };
    if (!is(value, simdjson::ondemand::json_type::number)) return range();
    if (!is_json_number(trimmed(value.raw_json_token()))) {
        return malformed(simdjson::NUMBER_ERROR);
    }
    if (value.get_int64().get(out) || out < low || out > high) return range();
    return true;
}

bool Reader::check_elements(Array& array, int depth) {
    for (auto element : array) {
        Value item;
        if (auto error = element.get(item)) return malformed(error);
        if (!check(item, depth + 1)) return false;
    }
    return true;
}

bool Reader::check_fields(Object& object, int depth) {
    for (auto entry : object) {
        if (auto error = entry.error()) return malformed(error);
        auto& field = entry.value_unsafe();
        std::string_view key;
        if (auto error = field.unescaped_key().get(key)) return malformed(error);
        if (!simdjson::validate_utf8(key)) return malformed(simdjson::STRING_ERROR);
        if (!check(field.value(), depth + 1)) return false;
    }
    return true;
}

bool Reader::check(Value& value, int depth) {
    if (depth > max_nesting) {
        return fail(Errc::malformed_message,
                    fmt::format("nested deeper than {} levels", max_nesting));
    }
    simdjson::ondemand::json_type type{};
    if (auto error = value.type().get(type)) return malformed(error);
    switch (type) {
        case simdjson::ondemand::json_type::array: {
            Array array;
            if (auto error = value.get_array().get(array)) return malformed(error);
            return check_elements(array, depth);
        }
        case simdjson::ondemand::json_type::object: {
            Object object;
            if (auto error = value.get_object().get(object)) return malformed(error);
            return check_fields(object, depth);
        }
        case simdjson::ondemand::json_type::number: {
            if (!is_json_number(trimmed(value.raw_json_token()))) {
                return malformed(simdjson::NUMBER_ERROR);
            }
            return true;
        }
        case simdjson::ondemand::json_type::string: {
            std::string_view ignored;
            return string(value, "a string", ignored);
        }
        case simdjson::ondemand::json_type::boolean: {
            bool ignored = false;
            return boolean(value, "a value", ignored);
        }
        case simdjson::ondemand::json_type::null: {
            if (trimmed(value.raw_json_token()) != "null") {
                return malformed(simdjson::N_ATOM_ERROR);
            }
            return true;
        }
    }
    return malformed(simdjson::TAPE_ERROR);
}

bool Reader::text(Value& value, std::string_view& out) {
    simdjson::ondemand::json_type type{};
    if (auto error = value.type().get(type)) return malformed(error);
    bool ok = true;
    if (type == simdjson::ondemand::json_type::object) {
        Object object;
        if (auto error = value.get_object().get(object)) return malformed(error);
        if (auto error = object.raw_json().get(out)) return malformed(error);
        if (auto error = object.reset().error()) return malformed(error);
        ok = check_fields(object, 0);
    } else if (type == simdjson::ondemand::json_type::array) {
        Array array;
        if (auto error = value.get_array().get(array)) return malformed(error);
        if (auto error = array.raw_json().get(out)) return malformed(error);
        if (auto error = array.reset().error()) return malformed(error);
        ok = check_elements(array, 0);
    } else {
        out = value.raw_json_token();
        ok = check(value, 0);
    }
    out = trimmed(out);
    return ok;
}

bool Reader::strings(Value& value, std::string_view path, std::vector<std::string_view>& out) {
    if (!is(value, simdjson::ondemand::json_type::array)) {
        return fail(Errc::invalid_payload, fmt::format("{} must be an array of strings", path));
    }
    Array array;
    if (auto error = value.get_array().get(array)) return malformed(error);
    for (auto element : array) {
        Value item;
        if (auto error = element.get(item)) return malformed(error);
        if (!is(item, simdjson::ondemand::json_type::string)) {
            return fail(Errc::invalid_payload,
                        fmt::format("{}[{}] must be a string", path, out.size()));
        }
        if (!string(item, path, out.emplace_back())) return false;
    }
    if (!out.empty()) return true;
    return fail(Errc::invalid_payload, fmt::format("{} must hold at least one string", path));
}

}  // namespace gateway
