#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include "broker/consumer.hpp"
#include "memory/group.hpp"
#include "memory/segment.hpp"

namespace gateway::memory {

class Thread;

/// Records on their way to one consumer.
struct Delivery {
    struct Part {
        std::shared_ptr<const std::string> topic;
        std::int32_t partition = 0;
        Slice slice;
    };
    std::vector<Part> parts;
};

/// The half of a consumer that the broker thread knows: it hands over what arrived, in order, and
/// keeps what was not taken. The broker sends no more than a few deliveries ahead; each one that
/// was taken is reported back as credit.
///
/// Shared, because what is posted to it may come after its consumer is gone. All but `post` is for
/// the consumer's executor.
class Inbox : public std::enable_shared_from_this<Inbox> {
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

    void live();
    void deliver(Delivery delivery);

    /// Tells the owner, forgets what waits from these partitions, and lets the broker know.
    void revoke(std::vector<TopicPartition> partitions);

    /// The last event.
    void fail(const Error& error);

    void resume();

    /// No event follows.
    void end();

private:
    void go_on();
    void unpack();
    void finish();

    asio::any_io_executor executor_;
    Thread* thread_;
    MemberId member_;
    gateway::Consumer::Events* events_;  ///< Null: ended.
    bool with_headers_;
    bool is_paused_ = false;

    std::deque<Delivery> waiting_;
    std::optional<Delivery> open_;  ///< Keeps what `rest_` shows.
    std::vector<Record> records_;
    std::vector<Header> headers_;
    std::span<Record> rest_;  ///< Of the open delivery, what was not taken.
};

}  // namespace gateway::memory
