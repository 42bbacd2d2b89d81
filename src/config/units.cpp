#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

namespace gateway::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Ascending; the first is what a plain number means.
constexpr std::array durations{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                               Unit{"h", 3'600'000}};
constexpr std::array sizes{Unit{"", 1}, Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20},
                           Unit{"GiB", 1 << 30}};

std::optional<std::uint64_t> parse_amount(std::string_view text, std::span<const Unit> units) {
    const std::size_t digits = text.find_first_not_of("0123456789");
    const auto number = parse_number(text.substr(0, digits));
    if (!number) return std::nullopt;
    if (digits == std::string_view::npos) return number;

    for (const Unit& unit : units) {
        if (unit.name != text.substr(digits)) continue;
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        if (*number > most / unit.factor) return std::nullopt;
        return *number * unit.factor;
    }
    return std::nullopt;
}

std::string write_amount(std::uint64_t amount, std::span<const Unit> units) {
    Unit largest = units.front();
    for (const Unit& unit : units) {
        if (amount != 0 && amount % unit.factor == 0) largest = unit;
    }
    return std::to_string(amount / largest.factor).append(largest.name);
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto amount = parse_amount(text, durations);
    constexpr auto most = static_cast<std::uint64_t>(std::chrono::milliseconds::max().count());
    if (!amount || *amount > most) return std::nullopt;
    return std::chrono::milliseconds(*amount);
}

std::string write_duration(std::chrono::milliseconds duration) {
    return write_amount(static_cast<std::uint64_t>(duration.count()), durations);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_amount(text, sizes); }

std::string write_size(std::uint64_t bytes) { return write_amount(bytes, sizes); }

}  // namespace gateway::config
