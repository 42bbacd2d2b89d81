#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include "broker/consumer.hpp"
#include "memory/group.hpp"
#include "memory/tray.hpp"

namespace gateway::memory {

class Thread;

/// The half of a consumer that the broker thread knows. The broker sends no more than a few
/// deliveries ahead; each one that was taken is reported back as credit.
///
/// Shared, because what is posted to it may come after its consumer is gone. All but `post` is for
/// the consumer's executor.
class Inbox : public std::enable_shared_from_this<Inbox>, private Tray::Events {
public:
    /// `thread` and `events` must live until `end`.
    Inbox(asio::any_io_executor executor, Thread& thread, MemberId member,
          gateway::Consumer::Events& events, bool with_headers);

    /// Calls `work(inbox)` on the consumer's executor. Any thread may.
    template <typename Work>
    void post(Work work) {
        asio::post(executor_,
                   [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
    }

    void live(const std::vector<Position>& starts);
    void deliver(Delivery delivery);

    /// Tells the owner, forgets what waits from these partitions, and lets the broker know.
    void revoke(std::vector<TopicPartition> partitions);

    /// The last event.
    void fail(const Error& error);

    void resume();

    /// No event follows.
    void end();

private:
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    void lost(const Lost& lost) override;
    void reached_end(const Position& position) override;
    void taken() override;

    asio::any_io_executor executor_;
    Thread* thread_;
    MemberId member_;
    gateway::Consumer::Events* events_;  ///< Null: ended.
    Tray tray_;
};

}  // namespace gateway::memory
