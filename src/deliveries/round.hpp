#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "gateway/delivery.hpp"
#include "gateway/shard.hpp"

namespace gateway::deliveries {

/// One message for clients of this server.
struct Errand {
    /// Where shards differ, what stands last is true: a client is at one of them.
    enum class Fate : std::uint8_t { unknown, dropped, delivered };

    Delivery delivery{};
    std::vector<std::uint64_t> numbers{};  ///< Of the connections.
    std::vector<std::string> users{};      ///< To all of theirs, too.
    bool to_all = false;                   ///< To all, instead.
};

/// What became of an errand.
struct Outcome {
    /// Of several connections, how many.
    struct Tally {
        std::size_t delivered = 0;
        std::size_t dropped = 0;

        [[nodiscard]] std::size_t visited() const { return delivered + dropped; }
        void add(const Tally& other) {
            delivered += other.delivered;
            dropped += other.dropped;
        }
    };

    std::vector<Errand::Fate> fates{};  ///< For each of its numbers.
    std::vector<Tally> users{};         ///< For each of its users.
    Tally all{};                        ///< Where it was for all.
};

/// Takes errands to the shard of every client, each shard in its own thread and in their order.
/// Calls `done` on `executor` once all have been there. The shards' executors must run.
void go_round(std::span<Shard* const> shards, asio::any_io_executor executor,
              std::shared_ptr<const std::vector<Errand>> errands,
              std::function<void(const std::vector<Outcome>&)> done);

}  // namespace gateway::deliveries
