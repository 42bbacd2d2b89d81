#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "measure/work.hpp"

namespace bench {

/// The delays of messages that carry the time of their sending in front of their value, as
/// `stamp_digits` hexadecimal digits of this machine's steady clock.
class Latencies {
public:
    static constexpr std::size_t stamp_digits = 16;

    /// Writes this moment to `to`, which has room for `stamp_digits`.
    static void stamp(char* to);

    /// A value of `size` bytes with this moment in front. Sizes below `stamp_digits` are raised.
    static std::string stamped(std::size_t size);

    /// A message with this value arrived now; before `count_from` it only warms up.
    void arrived(std::string_view value, Clock::time_point count_from);

    [[nodiscard]] std::size_t count() const { return delays_.size(); }

    /// One line of JSON with p50, p99 and p99.9 in microseconds. Sorts what it has.
    [[nodiscard]] std::string json(std::string_view mode, std::string_view more);

private:
    [[nodiscard]] double microseconds_at(double share) const;

    std::vector<std::int64_t> delays_;
};

}  // namespace bench
