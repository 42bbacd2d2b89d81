#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "filter/number.hpp"
#include "filter/outline.hpp"

namespace gateway {

/// A value of the record under test, as conditions compare it. A view, like the outline's.
struct Scalar {
    Outline::Kind kind = Outline::Kind::null;
    std::string_view text{};  ///< Of a string its characters, of a number its spelling.
    Number number{};          ///< Where it is one.

    [[nodiscard]] static Scalar of(const Outline::Value& value);
    [[nodiscard]] static Scalar of(std::string_view string);
};

/// A value that a filter compares with: null, true, false, a number or a string.
struct Literal {
    Outline::Kind kind = Outline::Kind::null;
    std::string string{};
    Number number{};

    [[nodiscard]] static Literal of(const Outline::Value& value);

    /// As JSON; the same for equal literals.
    [[nodiscard]] std::string text() const;
};

/// Appends `text`, which is UTF-8, as a JSON string.
void append_quoted(std::string& out, std::string_view text);

/// Values of different kinds are never equal.
[[nodiscard]] bool operator==(const Scalar& scalar, const Literal& literal);

/// Numbers by value, strings by their bytes; all else, and different kinds, has no order.
[[nodiscard]] std::partial_ordering operator<=>(const Scalar& scalar, const Literal& literal);

}  // namespace gateway
