#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "filter/outline.hpp"

namespace gateway::cluster {

/// Read a field of a record. False where there is none, or it is something else.
[[nodiscard]] inline bool read(const Outline::Value& from, std::string_view name,
                               std::string& out) {
    const Outline::Value* const value = from.field(name);
    if (!value || value->kind != Outline::Kind::string) return false;
    out = value->text;
    return true;
}

[[nodiscard]] inline bool read(const Outline::Value& from, std::string_view name, bool& out) {
    const Outline::Value* const value = from.field(name);
    if (!value) return false;
    out = value->kind == Outline::Kind::yes;
    return out || value->kind == Outline::Kind::no;
}

template <std::integral Number>
[[nodiscard]] bool read(const Outline::Value& value, Number& out) {
    if (value.kind != Outline::Kind::number) return false;
    const char* const end = value.text.data() + value.text.size();
    const auto [behind, error] = std::from_chars(value.text.data(), end, out);
    return error == std::errc() && behind == end;
}

template <std::integral Number>
[[nodiscard]] bool read(const Outline::Value& from, std::string_view name, Number& out) {
    const Outline::Value* const value = from.field(name);
    return value && read(*value, out);
}

}  // namespace gateway::cluster
