#pragma once

#include <functional>
#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>

#include "broker/consumer.hpp"
#include "kafka/delivery.hpp"
#include "kafka/membership.hpp"

namespace gateway::kafka {

/// A session's consumer: its Delivery on the shard, and its Membership on the workers, which it
/// leaves behind when it is destroyed.
class Consumer final : public gateway::Consumer {
public:
    /// Joins at once. `events` must outlive it.
    Consumer(std::shared_ptr<Membership> membership, asio::any_io_executor executor,
             const Options& options, Events& events);
    ~Consumer() override;

    void resume() override { delivery_->resume(); }
    void commit(std::span<const Position> next) override { delivery_->commit(next); }
    void close(std::function<void()> done) override;

private:
    std::shared_ptr<Membership> membership_;
    asio::any_io_executor executor_;
    std::shared_ptr<Delivery> delivery_;
    bool closed_ = false;
};

}  // namespace gateway::kafka
