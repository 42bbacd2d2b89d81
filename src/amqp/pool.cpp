#include "amqp/pool.hpp"

#include <algorithm>

namespace gateway::amqp {

std::shared_ptr<Connection> Pool::take(std::size_t channels) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
        if (!has_room(entry, channels)) continue;
        entry.used += channels;
        return entry.connection;
    }
    auto connection = std::make_shared<Connection>(options_);
    connection->start();
    entries_.push_back({connection, channels});
    return connection;
}

bool Pool::has_room(const Entry& entry, std::size_t channels) const {
    const std::size_t most = std::min(entry.connection->max_channels(), first_->max_channels());
    return entry.used == 0 || entry.used + channels <= most;
}

void Pool::give_back(const Connection& connection, std::size_t channels) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
        if (entry.connection.get() == &connection) entry.used -= channels;
    }
}

void Pool::stop() {
    // What is closing gives back its channels meanwhile.
    std::vector<std::shared_ptr<Connection>> connections;
    {
        const std::lock_guard lock(mutex_);
        for (const Entry& entry : entries_) connections.push_back(entry.connection);
    }
    for (const auto& connection : connections) connection->stop();
}

}  // namespace gateway::amqp
