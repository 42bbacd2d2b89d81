#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// A JSON number as filters compare it: by its value, however it is spelled.
///
/// Whole numbers of up to 64 bits and a sign are exact, so that 9007199254740993 is not
/// 9007199254740992. Every other number is the double nearest to it; one beyond the range of a
/// double is infinite, larger than all that are not.
class Number {
public:
    Number() = default;
    explicit Number(std::int64_t whole);

    /// `text` is a number by is_json_number.
    [[nodiscard]] static Number parse(std::string_view text);

    [[nodiscard]] bool is_finite() const;

    /// The one spelling that equal numbers have in common. The number must be finite.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Number&, const Number&) = default;
    friend std::strong_ordering operator<=>(const Number& a, const Number& b);

private:
    [[nodiscard]] double nearest() const;

    // Either whole, or a double that is no whole number of 64 bits: equal members, equal numbers.
    bool is_whole_ = true;
    bool is_negative_ = false;
    std::uint64_t magnitude_ = 0;
    double real_ = 0;
};

}  // namespace gateway
