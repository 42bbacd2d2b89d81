#include "filter/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace gateway {

namespace {

constexpr double two_to_64 = 18446744073709551616.0;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether a number that is out of a double's range is so for being too large, not too small:
/// where its first digit but 0 stands, from the point to the left.
bool is_large(std::string_view text) {
    const auto exponent_at = text.find_first_of("eE");
    const std::string_view digits = text.substr(0, exponent_at);
    const auto first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
    const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
    if (first < 0) return false;
    std::int64_t exponent = 0;
    if (exponent_at != std::string_view::npos) {
        std::string_view power = text.substr(exponent_at + 1);
        const bool is_negative = power.starts_with('-');
        if (!is_digit(power.front())) power.remove_prefix(1);
        const auto read = std::from_chars(power.data(), power.data() + power.size(), exponent);
        if (read.ec != std::errc()) return !is_negative;
        if (is_negative) exponent = -exponent;
    }
    return exponent > first - point;
}

double to_double(std::string_view text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc::result_out_of_range) return value;
    if (!is_large(text)) return 0;
    const double infinity = std::numeric_limits<double>::infinity();
    return text.starts_with('-') ? -infinity : infinity;
}

}  // namespace

Number::Number(std::int64_t whole)
    : is_negative_(whole < 0),
      magnitude_(whole < 0 ? 0 - static_cast<std::uint64_t>(whole)
                           : static_cast<std::uint64_t>(whole)) {}

Number Number::parse(std::string_view text) {
    Number number;
    const bool has_sign = text.front() == '-';
    const char* const begin = text.data() + (has_sign ? 1 : 0);
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(begin, end, number.magnitude_);
    if (read.ec == std::errc() && read.ptr == end) {
        number.is_negative_ = has_sign && number.magnitude_ != 0;
        return number;
    }
    const double value = to_double(text);
    if (std::abs(value) < two_to_64 && std::trunc(value) == value) {
        number.is_negative_ = value < 0;
        number.magnitude_ = static_cast<std::uint64_t>(std::abs(value));
        return number;
    }
    number.is_whole_ = false;
    number.magnitude_ = 0;
    number.real_ = value;
    return number;
}

bool Number::is_finite() const { return std::isfinite(real_); }

double Number::nearest() const {
    if (!is_whole_) return real_;
    const auto value = static_cast<double>(magnitude_);
    return is_negative_ ? -value : value;
}

std::string Number::text() const {
    if (is_whole_) return fmt::format("{}{}", is_negative_ ? "-" : "", magnitude_);
    return fmt::format("{}", real_);
}

std::strong_ordering operator<=>(const Number& a, const Number& b) {
    if (a.is_whole_ && b.is_whole_) {
        if (a.is_negative_ != b.is_negative_) return b.is_negative_ <=> a.is_negative_;
        return a.is_negative_ ? b.magnitude_ <=> a.magnitude_ : a.magnitude_ <=> b.magnitude_;
    }
    const double x = a.nearest();
    const double y = b.nearest();
    if (x < y) return std::strong_ordering::less;
    if (x > y) return std::strong_ordering::greater;
    if (a.is_whole_ == b.is_whole_) return std::strong_ordering::equal;
    // A whole number was rounded up to the other, which is one of 64 bits no more.
    return a.is_whole_ == (y > 0) ? std::strong_ordering::less : std::strong_ordering::greater;
}

}  // namespace gateway
