#include "kasocki/door.hpp"

#include <vector>

#include "kasocki/client.hpp"

namespace gateway::kasocki {

Door::Door(Shard& shard, const Options& options)
    : shard_(shard),
      catalog_(shard.brokers, shard.executor, shard.options.requests.timeout,
               options.allowed_topics),
      writer_(options.message_field) {}

Door::~Door() = default;

std::shared_ptr<socketio::Peer::Events> Door::accept(socketio::Peer& peer,
                                                     const socketio::Peer::Request& request) {
    if (request.name_space != "/" || is_draining_) return nullptr;
    auto client = std::make_shared<Client>(*this, peer);
    clients_.insert(client.get());
    return client;
}

void Door::drain() {
    is_draining_ = true;
    // Closing one may remove it.
    const std::vector<Client*> clients(clients_.begin(), clients_.end());
    for (Client* client : clients) client->close();
}

}  // namespace gateway::kasocki
