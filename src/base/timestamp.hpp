#pragma once

#include <chrono>
#include <cstdint>

namespace gateway {

/// Milliseconds since the Unix epoch, as Kafka counts them; -1 where a record has none.
using Timestamp = std::int64_t;

/// This moment's.
[[nodiscard]] inline Timestamp timestamp_now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace gateway
