#include "fanout/fanout.hpp"

#include <utility>

#include "fanout/follower.hpp"

namespace gateway::fanout {

Fanout::Fanout(const asio::any_io_executor& executor, const std::vector<std::unique_ptr<Hub>>& hubs,
               const fanout::Options& options) {
    for (const auto& hub : hubs) {
        relays_.emplace(&hub->broker(), std::make_unique<Relay>(executor, *hub, options));
    }
}

Result<std::unique_ptr<Broadcast>> Fanout::open(Broker& broker, Broadcasts::Options options,
                                                Broadcast::Events& events) {
    auto follower = std::make_unique<Follower>(*relays_.at(&broker), std::move(options), events);
    follower->start();
    return std::unique_ptr<Broadcast>(std::move(follower));
}

}  // namespace gateway::fanout
