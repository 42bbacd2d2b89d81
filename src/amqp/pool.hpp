#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "amqp/connection.hpp"
#include "amqp/options.hpp"

namespace gateway::amqp {

/// The connections that consumers share: one, and more where one has no channels left. Any thread
/// may ask.
class Pool {
public:
    /// `first` is one that stands before: it knows how many channels the broker allows, from when
    /// it stands. `options` must outlive the pool.
    Pool(const Options& options, std::shared_ptr<const Connection> first)
        : options_(options), first_(std::move(first)) {}

    /// A started connection with so many channels free, which are the caller's until `give_back`;
    /// with none in use where no connection has so many.
    [[nodiscard]] std::shared_ptr<Connection> take(std::size_t channels);
    void give_back(const Connection& connection, std::size_t channels);

    void stop();

private:
    struct Entry {
        std::shared_ptr<Connection> connection;
        std::size_t used = 0;
    };

    [[nodiscard]] bool has_room(const Entry& entry, std::size_t channels) const;

    const Options& options_;
    std::shared_ptr<const Connection> first_;
    std::mutex mutex_;
    std::vector<Entry> entries_;
};

}  // namespace gateway::amqp
