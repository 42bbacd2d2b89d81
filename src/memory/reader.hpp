#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "memory/delivery.hpp"
#include "memory/topic.hpp"

namespace gateway::memory {

class Reader;

/// A reader's way through one partition.
struct Fetch {
    Reader& reader;
    Topic& topic;
    std::int32_t partition = 0;
    std::uint64_t turn = 0;
    Log::Cursor cursor;
    bool is_ready = true;    ///< There may be something to read: it is in its reader's queue.
    bool is_at_end = false;  ///< And has told so.

    [[nodiscard]] Partition& source() const { return topic.at(partition); }
};

/// Reads partitions for a consumer or a partition reader, each in turn, and never sends more than
/// it has credit for: who does not take costs a few deliveries and nothing more. Touched by the
/// broker thread alone.
class Reader {
public:
    /// Sent before the first was taken: one to work on, and one to come.
    static constexpr std::size_t deliveries_ahead = 2;
    static constexpr std::size_t max_delivery_records = 1000;

    /// Of the segments that a delivery keeps alive; the last may go beyond it.
    static constexpr std::size_t max_delivery_bytes = 512 << 10;

    struct Options {
        std::function<void(Delivery)> send;
        bool tells_ends = false;
        bool is_live = false;
    };

    explicit Reader(Options options) : options_(std::move(options)) {}
    ~Reader();

    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Begins to read a partition at an offset, or at its end if that comes first; or goes on
    /// there. `turn` comes with what is read.
    void give(Topic& topic, std::int32_t partition, std::int64_t offset, std::uint64_t turn = 0);

    /// Reads no more of a partition. Nothing happens if it was not given.
    void take(const TopicPartition& partition);

    /// Before this nothing is sent.
    void go_live() { options_.is_live = true; }

    /// A delivery was taken.
    void credit() { ++credit_; }

    /// There may be more to read.
    void ready(Fetch& fetch);

    /// Sends what there is.
    void serve();

private:
    [[nodiscard]] Delivery next_delivery();
    [[nodiscard]] Delivery::Part read(Fetch& fetch, std::size_t max_records) const;

    Options options_;
    std::size_t credit_ = deliveries_ahead;
    std::map<TopicPartition, std::unique_ptr<Fetch>> fetches_;
    std::deque<Fetch*> ready_;
};

/// Sends what was written to these partitions to who reads them.
void wake(std::span<Partition* const> partitions);

}  // namespace gateway::memory
