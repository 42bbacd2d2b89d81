#include "fanout/fanout.hpp"

#include <algorithm>
#include <utility>

#include "fanout/follower.hpp"

namespace gateway::fanout {

Fanout::Fanout(asio::any_io_executor executor, const std::vector<std::unique_ptr<Trunk>>& trunks,
               const fanout::Options& options, std::size_t shards)
    : executor_(std::move(executor)), trunks_(trunks), options_(options), shards_(shards) {}

Result<std::unique_ptr<Broadcast>> Fanout::open(Broker& broker, Broadcasts::Options options,
                                                Broadcast::Events& events) {
    auto follower = std::make_unique<Follower>(relay(broker), std::move(options), events);
    follower->start();
    return std::unique_ptr<Broadcast>(std::move(follower));
}

Relay& Fanout::relay(const Broker& broker) {
    auto& relay = relays_[&broker];
    if (!relay) {
        const auto trunk = std::ranges::find_if(
            trunks_, [&](const auto& each) { return &each->broker() == &broker; });
        relay = std::make_unique<Relay>(executor_, **trunk, options_, shards_);
    }
    return *relay;
}

}  // namespace gateway::fanout
