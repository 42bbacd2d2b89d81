#include "wire/timestamp.hpp"

#include <chrono>
#include <cstddef>

namespace gateway {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

/// Takes a text apart from its front; what does not fit leaves it `failed`.
class Scan {
public:
    explicit Scan(std::string_view text) : rest_(text) {}

    /// Exactly so many digits, up to `high`.
    int digits(std::size_t count, int high) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + digit();
        if (value > high) has_failed_ = true;
        return value;
    }

    bool take(std::string_view any_of) {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void need(std::string_view any_of) {
        if (!take(any_of)) has_failed_ = true;
    }

    [[nodiscard]] bool is_at_digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
    [[nodiscard]] bool has_failed() const { return has_failed_; }

    int digit() {
        if (!is_at_digit()) {
            has_failed_ = true;
            return 0;
        }
        const int value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

private:
    std::string_view rest_;
    bool has_failed_ = false;
};

milliseconds fraction(Scan& scan) {
    int value = 0;
    int unit = 100;
    do {
        value += unit * scan.digit();
        unit /= 10;
    } while (scan.is_at_digit());
    return milliseconds(value);
}

milliseconds time_of_day(Scan& scan) {
    milliseconds time = std::chrono::hours(scan.digits(2, 23));
    scan.need(":");
    time += minutes(scan.digits(2, 59));
    if (scan.take(":")) {
        time += std::chrono::seconds(scan.digits(2, 59));
        if (scan.take(".,")) time += fraction(scan);
    }
    return time;
}

minutes offset(Scan& scan) {
    if (scan.take("Zz")) return minutes(0);
    const bool is_east = scan.take("+");
    if (!is_east) scan.need("-");
    minutes offset = std::chrono::hours(scan.digits(2, 23));
    scan.take(":");
    offset += minutes(scan.digits(2, 59));
    return is_east ? offset : -offset;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
    Scan scan(text);
    const std::chrono::year year(scan.digits(4, 9999));
    scan.need("-");
    const std::chrono::month month(static_cast<unsigned>(scan.digits(2, 12)));
    scan.need("-");
    const std::chrono::day day(static_cast<unsigned>(scan.digits(2, 31)));
    const std::chrono::year_month_day date(year, month, day);
    if (scan.has_failed() || !date.ok()) return std::nullopt;

    milliseconds time = std::chrono::sys_days(date).time_since_epoch();
    if (!scan.is_at_end()) {
        scan.need("Tt ");
        time += time_of_day(scan);
        time -= offset(scan);
    }
    if (scan.has_failed() || !scan.is_at_end()) return std::nullopt;
    return time.count();
}

}  // namespace gateway
