#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>

#include "gateway/shard.hpp"
#include "kasocki/catalog.hpp"
#include "kasocki/message.hpp"
#include "kasocki/options.hpp"
#include "socketio/peer.hpp"

namespace gateway::kasocki {

class Client;

/// Where clients of Kasocki come in on one shard, and what they share. On its thread alone.
class Door {
public:
    /// What is passed by reference must outlive it.
    Door(Shard& shard, const Options& options);
    ~Door();
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    /// Serves a client, in the main namespace; null for any other.
    [[nodiscard]] std::shared_ptr<socketio::Peer::Events> accept(
        socketio::Peer& peer, const socketio::Peer::Request& request);

    /// Ends all clients, which come back, to another node; those that come now are refused.
    void drain();

    [[nodiscard]] std::size_t clients() const { return clients_.size(); }

    // For its clients.

    void remove(Client& client) { clients_.erase(&client); }
    [[nodiscard]] Shard& shard() { return shard_; }
    [[nodiscard]] Broker& broker() { return shard_.brokers.standard(); }
    [[nodiscard]] Catalog& catalog() { return catalog_; }
    [[nodiscard]] MessageWriter& writer() { return writer_; }

private:
    Shard& shard_;
    Catalog catalog_;
    MessageWriter writer_;
    std::unordered_set<Client*> clients_;
    bool is_draining_ = false;
};

}  // namespace gateway::kasocki
