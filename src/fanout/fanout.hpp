#pragma once

#include <map>
#include <memory>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "fanout/hub.hpp"
#include "fanout/options.hpp"
#include "fanout/relay.hpp"
#include "gateway/broadcast.hpp"

namespace gateway::fanout {

/// The broadcasts of one shard. On its thread.
class Fanout final : public Broadcasts {
public:
    /// One hub a broker, there before anything is opened; they and `options` must outlive it.
    Fanout(asio::any_io_executor executor, const std::vector<std::unique_ptr<Hub>>& hubs,
           const fanout::Options& options);

    [[nodiscard]] Result<std::unique_ptr<Broadcast>> open(Broker& broker,
                                                          Broadcasts::Options options,
                                                          Broadcast::Events& events) override;

private:
    [[nodiscard]] Relay& relay(const Broker& broker);

    asio::any_io_executor executor_;
    const std::vector<std::unique_ptr<Hub>>& hubs_;
    const fanout::Options& options_;
    std::map<const Broker*, std::unique_ptr<Relay>> relays_;
};

}  // namespace gateway::fanout
