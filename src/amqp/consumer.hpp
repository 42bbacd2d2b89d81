#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>

#include "amqp/inbox.hpp"
#include "amqp/options.hpp"
#include "amqp/pool.hpp"
#include "broker/consumer.hpp"

namespace gateway::amqp {

/// What is open: any thread reads and writes it.
struct Census {
    std::atomic<std::size_t> consumers = 0;
    std::atomic<std::size_t> readers = 0;
    std::atomic<std::size_t> orphans = 0;
};

/// A member of a group, or a consumer of one queue.
///
/// No more records come than the prefetch allows of each topic until they are committed.
class Consumer final : public gateway::Consumer {
public:
    /// `events` must outlive it. It is counted already.
    Consumer(std::shared_ptr<Pool> pool, std::shared_ptr<Topics> topics,
             std::shared_ptr<Census> census, asio::any_io_executor executor,
             const gateway::Consumer::Options& wanted, const amqp::Options& options,
             Events& events);
    ~Consumer() override;

    void resume() override { inbox_->resume(); }
    void commit(std::span<const Position> next) override;
    void close(std::function<void()> done) override;

private:
    std::shared_ptr<Pool> pool_;
    std::shared_ptr<Census> census_;
    asio::any_io_executor executor_;
    std::size_t channels_ = 0;
    std::shared_ptr<Inbox> inbox_;
    bool is_closed_ = false;
};

}  // namespace gateway::amqp
