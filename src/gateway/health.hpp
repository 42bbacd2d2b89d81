#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "gateway/brokers.hpp"

namespace gateway {

struct Shard;

/// How the server is: its brokers, connections and subscriptions, gathered over all shards.
///
/// Any thread may ask. Built before the shards, which are added before the first question.
class Health {
public:
    struct Options {
        std::string version;
        std::function<std::chrono::seconds()> uptime;
    };

    /// `brokers` must outlive it.
    Health(Options options, const Brokers& brokers);

    /// `shard` must outlive the last question; its executor must run.
    void add(Shard& shard);

    /// Asks every shard, and calls `done` on `executor` with a JSON object.
    void report(asio::any_io_executor executor, std::function<void(std::string)> done) const;

    /// Why no client should be sent here now, with every broker that does not answer; empty if
    /// there is no reason.
    [[nodiscard]] std::optional<std::string> not_ready() const;

    /// From now on it is not ready.
    void set_draining() { is_draining_ = true; }

private:
    Options options_;
    const Brokers& brokers_;
    std::vector<Shard*> shards_;
    std::atomic<bool> is_draining_{false};
};

}  // namespace gateway
