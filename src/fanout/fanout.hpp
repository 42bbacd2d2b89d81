#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "fanout/options.hpp"
#include "fanout/relay.hpp"
#include "fanout/trunk.hpp"
#include "gateway/broadcast.hpp"

namespace gateway::fanout {

/// The broadcasts of one shard. On its thread.
class Fanout final : public Broadcasts {
public:
    /// One trunk a broker, there before anything is opened; they and `options` must outlive it.
    /// So many `shards` share what the options allow in all.
    Fanout(asio::any_io_executor executor, const std::vector<std::unique_ptr<Trunk>>& trunks,
           const fanout::Options& options, std::size_t shards);

    [[nodiscard]] Result<std::unique_ptr<Broadcast>> open(Broker& broker,
                                                          Broadcasts::Options options,
                                                          Broadcast::Events& events) override;

private:
    [[nodiscard]] Relay& relay(const Broker& broker);

    asio::any_io_executor executor_;
    const std::vector<std::unique_ptr<Trunk>>& trunks_;
    const fanout::Options& options_;
    std::size_t shards_;
    std::map<const Broker*, std::unique_ptr<Relay>> relays_;
};

}  // namespace gateway::fanout
