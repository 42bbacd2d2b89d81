#include "filter/scalar.hpp"

#include <iterator>

#include <fmt/format.h>

namespace gateway {

using Kind = Outline::Kind;

Scalar Scalar::of(const Outline::Value& value) {
    Scalar scalar{.kind = value.kind, .text = value.text};
    if (value.kind == Kind::number) scalar.number = Number::parse(value.text);
    return scalar;
}

Scalar Scalar::of(std::string_view string) { return {.kind = Kind::string, .text = string}; }

Literal Literal::of(const Outline::Value& value) {
    Literal literal{.kind = value.kind};
    if (value.kind == Kind::number) literal.number = Number::parse(value.text);
    if (value.kind == Kind::string) literal.string = value.text;
    return literal;
}

std::string Literal::text() const {
    switch (kind) {
        case Kind::yes:
            return "true";
        case Kind::no:
            return "false";
        case Kind::number:
            return number.text();
        case Kind::string: {
            std::string out;
            append_quoted(out, string);
            return out;
        }
        case Kind::null:
        case Kind::array:
        case Kind::object:
            break;
    }
    return "null";
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

bool operator==(const Scalar& scalar, const Literal& literal) {
    if (scalar.kind != literal.kind) return false;
    if (scalar.kind == Kind::string) return scalar.text == literal.string;
    return scalar.kind != Kind::number || scalar.number == literal.number;
}

std::partial_ordering operator<=>(const Scalar& scalar, const Literal& literal) {
    if (scalar.kind != literal.kind) return std::partial_ordering::unordered;
    if (scalar.kind == Kind::number) return scalar.number <=> literal.number;
    if (scalar.kind == Kind::string) return scalar.text.compare(literal.string) <=> 0;
    return std::partial_ordering::unordered;
}

}  // namespace gateway
