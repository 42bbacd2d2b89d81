#pragma once

#include <atomic>
#include <cstdint>

namespace gateway {

/// What counts across all shards.
struct Counters {
    std::atomic<std::uint64_t> notification_ids{0};
    std::atomic<std::uint64_t> connections{0};  ///< So many were accepted; numbers them from 1.
    std::atomic<std::uint64_t> not_json{0};  ///< Payloads that a filter wanted to be JSON in vain.
};

}  // namespace gateway
