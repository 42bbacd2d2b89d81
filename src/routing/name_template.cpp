#include "routing/name_template.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace gateway::routing {

namespace {

using Kind = Outline::Kind;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

Error invalid(std::string reason) { return {Errc::invalid_filter, std::move(reason)}; }

/// A scalar as it stands in a name; null for what has no place there.
std::optional<std::string_view> text_of(const std::optional<Scalar>& scalar) {
    if (!scalar) return std::nullopt;
    switch (scalar->kind) {
        case Kind::string:
        case Kind::number:
            return scalar->text;
        case Kind::yes:
            return "true";
        case Kind::no:
            return "false";
        case Kind::null:
        case Kind::array:
        case Kind::object:
            break;
    }
    return std::nullopt;
}

}  // namespace

Result<NameTemplate> NameTemplate::parse(std::string_view text) {
    NameTemplate name;
    std::size_t at = std::min(text.find_first_of("{}"), text.size());
    name.prefix_ = text.substr(0, at);
    while (at < text.size()) {
        const std::size_t end = text[at] == '{' ? text.find_first_of("{}", at + 1) : text.npos;
        if (end == text.npos || text[end] != '}') {
            return invalid("has a brace that has no other");
        }
        const std::string_view path = text.substr(at + 1, end - at - 1);
        auto field = Property::path(path);
        if (!field)
            return invalid(fmt::format("has {{{}}}, which {}", path, field.error().message));
        at = std::min(text.find_first_of("{}", end + 1), text.size());
        const std::string_view behind = text.substr(end + 1, at - end - 1);
        if (at < text.size() && behind.find('.') == behind.npos) {
            return invalid("has two fields without a dot between them");
        }
        name.fields_.push_back({std::move(*field), std::string(behind)});
    }
    return name;
}

bool NameTemplate::write(const Subject& subject, std::string& out) const {
    const std::size_t begin = out.size();
    out += prefix_;
    for (const auto& [field, behind] : fields_) {
        const auto scalar = field.find(subject);
        const auto text = text_of(scalar);
        if (!text) {
            out.resize(begin);
            return false;
        }
        append_escaped(out, *text);
        out += behind;
    }
    return true;
}

std::string NameTemplate::shortest() const {
    std::string name = prefix_;
    for (const auto& [field, behind] : fields_) name.append("_").append(behind);
    return name;
}

void append_escaped(std::string& out, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (value.empty()) out += '_';
    for (const char c : value) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'_', digits[byte >> 4], digits[byte & 0xF]};
    }
}

}  // namespace gateway::routing
