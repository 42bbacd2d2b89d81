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
    /// One hub a broker; they and `options` must outlive it.
    Fanout(const asio::any_io_executor& executor, const std::vector<std::unique_ptr<Hub>>& hubs,
           const fanout::Options& options);

    [[nodiscard]] Result<std::unique_ptr<Broadcast>> open(Broker& broker,
                                                          Broadcasts::Options options,
                                                          Broadcast::Events& events) override;

private:
    std::map<const Broker*, std::unique_ptr<Relay>> relays_;
};

}  // namespace gateway::fanout
