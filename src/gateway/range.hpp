#pragma once

#include <cstdint>
#include <string>

namespace gateway {

/// Offsets of one partition, from the first on and before the last.
struct Range {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t from = 0;
    std::int64_t to = 0;

    friend bool operator==(const Range&, const Range&) = default;
};

}  // namespace gateway
