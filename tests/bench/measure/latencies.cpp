#include "measure/latencies.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace bench {

void Latencies::stamp(char* to) {
    fmt::format_to(to, "{:016x}", Clock::now().time_since_epoch().count());
}

std::string Latencies::stamped(std::size_t size) {
    std::string value(std::max(size, stamp_digits), 'x');
    stamp(value.data());
    return value;
}

void Latencies::arrived(std::string_view value, Clock::time_point count_from) {
    const auto now = Clock::now();
    std::int64_t sent = 0;
    const auto digits = value.substr(0, stamp_digits);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), sent, 16);
    if (error != std::errc() || end != digits.data() + stamp_digits) {
        throw std::runtime_error(
            fmt::format("this value carries no time: {}", value.substr(0, 40)));
    }
    if (now < count_from) return;
    delays_.push_back(now.time_since_epoch().count() - sent);
}

std::string Latencies::json(std::string_view mode, std::string_view more) {
    std::sort(delays_.begin(), delays_.end());
    return fmt::format(
        R"({{"mode":"{}",{},"messages":{},"p50_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f}}})",
        mode, more, delays_.size(), microseconds_at(0.5), microseconds_at(0.99),
        microseconds_at(0.999));
}

double Latencies::microseconds_at(double share) const {
    if (delays_.empty()) return 0;
    const auto index = static_cast<std::size_t>(share * static_cast<double>(delays_.size() - 1));
    return static_cast<double>(delays_[index]) * 1e-3;
}

}  // namespace bench
