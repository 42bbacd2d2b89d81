#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "amqp/connection.hpp"
#include "amqp/options.hpp"

namespace gateway::amqp {

/// The connections that consumers share: one, and more where one has no channels left. Any thread
/// may ask.
class Pool {
public:
    /// `options` must outlive it.
    explicit Pool(const Options& options) : options_(options) {}

    /// A started connection with so many channels free, which are the caller's until `give_back`.
    [[nodiscard]] std::shared_ptr<Connection> take(std::size_t channels);
    void give_back(const Connection& connection, std::size_t channels);

    void stop();

private:
    struct Entry {
        std::shared_ptr<Connection> connection;
        std::size_t used = 0;
    };

    const Options& options_;
    std::mutex mutex_;
    std::vector<Entry> entries_;
};

}  // namespace gateway::amqp
