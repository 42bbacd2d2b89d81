#include "amqp/prefetch_window.hpp"

#include <algorithm>

namespace gateway::amqp {

namespace {

constexpr std::size_t overhead = 200;            ///< Of a message that is held.
constexpr std::size_t assumed_bytes = 64 << 10;  ///< Of messages, before any came.
constexpr std::size_t enough = 16;               ///< Messages to go by.

}  // namespace

PrefetchWindow::PrefetchWindow(std::uint16_t most, std::size_t max_bytes)
    : most_(most), max_bytes_(max_bytes), count_(fitting(assumed_bytes)) {}

std::uint16_t PrefetchWindow::fitting(std::size_t size) const {
    return static_cast<std::uint16_t>(
        std::clamp<std::size_t>(max_bytes_ / (size + overhead), 1, most_));
}

bool PrefetchWindow::add(std::size_t bytes) {
    average_ = seen_ == 0 ? bytes : (average_ * 7 + bytes) / 8;
    if (++seen_ < std::min<std::size_t>(enough, count_)) return false;
    const std::uint16_t wanted = fitting(average_);
    const bool is_far = wanted * 2 <= count_ || wanted >= count_ * 2;
    if (!is_far && !(wanted == most_ && count_ < most_)) return false;
    count_ = wanted;
    return true;
}

}  // namespace gateway::amqp
