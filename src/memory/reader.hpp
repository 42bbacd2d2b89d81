#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>

#include "memory/inbox.hpp"
#include "memory/topic.hpp"

namespace gateway::memory {

class Reader;

/// A reader's way through one partition.
struct Fetch {
    Reader& reader;
    Topic& topic;
    std::int32_t partition = 0;
    Log::Cursor cursor;
    bool is_ready = true;  ///< There may be something to read: it is in its reader's queue.

    [[nodiscard]] Partition& source() const { return topic.at(partition); }
};

/// Sends a consumer what its partitions hold, each in turn, and never more than it has credit for:
/// a consumer that does not take costs a few deliveries and nothing more. Touched by the broker
/// thread alone.
class Reader {
public:
    /// Sent before the first was taken: one to work on, and one to come.
    static constexpr std::size_t deliveries_ahead = 2;
    static constexpr std::size_t max_delivery_records = 1000;

    /// Of the segments that a delivery keeps alive; the last may go beyond it.
    static constexpr std::size_t max_delivery_bytes = 512 << 10;

    explicit Reader(std::shared_ptr<Inbox> inbox) : inbox_(std::move(inbox)) {}
    ~Reader();

    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    [[nodiscard]] Inbox& inbox() { return *inbox_; }

    /// Begins to read a partition at an offset, or at its end if that comes first.
    void give(Topic& topic, std::int32_t partition, std::int64_t offset);

    /// Reads no more of a partition that it was given.
    void take(const TopicPartition& partition);

    /// Before this nothing is sent.
    void go_live() { is_live_ = true; }

    /// The consumer took a delivery.
    void credit() { ++credit_; }

    /// There may be more to read.
    void ready(Fetch& fetch);

    /// Sends what there is.
    void serve();

private:
    [[nodiscard]] Delivery next_delivery();

    std::shared_ptr<Inbox> inbox_;
    bool is_live_ = false;
    std::size_t credit_ = deliveries_ahead;
    std::map<TopicPartition, std::unique_ptr<Fetch>> fetches_;
    std::deque<Fetch*> ready_;
};

}  // namespace gateway::memory
