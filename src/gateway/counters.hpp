#pragma once

#include <atomic>
#include <cstdint>

namespace gateway {

/// What counts across all shards.
struct Counters {
    using Count = std::atomic<std::uint64_t>;

    /// What became of deliveries; of those to several clients, each counts.
    struct Deliveries {
        Count delivered{0};  ///< Given to a client's connection.
        Count forwarded{0};  ///< Given to the queue of another server, a message each.
        Count unknown{0};    ///< For clients that there are not, or no longer.
        Count dropped{0};    ///< For clients that did not read.
        Count bad{0};        ///< Messages that are no deliveries.
        Count failed{0};     ///< Messages that the broker did not take: forwarded, or reports.
    };

    std::atomic<std::uint64_t> notification_ids{0};
    std::atomic<std::uint64_t> connections{0};  ///< So many were accepted; numbers them from 1.
    std::atomic<std::uint64_t> not_json{0};  ///< Payloads that a filter wanted to be JSON in vain.
    Deliveries deliveries{};
};

}  // namespace gateway
