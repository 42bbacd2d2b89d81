#pragma once

#include <chrono>
#include <cstddef>

namespace gateway::fanout {

/// The shared reader: `fanout.*`.
struct Options {
    /// A topic's recent records, with the frames made of them: what subscribers that are a little
    /// behind, or come back, read without asking the broker.
    std::size_t ring_bytes = 16 << 20;
    std::size_t ring_records = 100000;

    std::size_t max_batch_bytes = 256 << 10;  ///< Records that share a frame, their overhead too.
    std::size_t max_batch_records = 5000;
    std::size_t max_views = 1000;               ///< Of a topic, without keys, that share frames.
    std::size_t max_topics = 1000;              ///< That one subscription with patterns reads.
    std::size_t max_catch_ups = 32;             ///< Subscribers that read from the broker at once.
    std::size_t max_snapshot_bytes = 64 << 20;  ///< Of one subscription, while it is gathered.
    std::size_t max_held_snapshot_bytes = 256 << 20;  ///< Of a shard's, until they are read.
    std::chrono::milliseconds linger{10000};  ///< A topic is read on after its last subscriber.
    std::chrono::milliseconds look_interval{5000};  ///< For new topics and partitions.
    std::chrono::milliseconds timeout{10000};       ///< For the broker's answers.
    std::chrono::milliseconds reader_pause{500};    ///< Until one is asked for again.
    std::chrono::milliseconds idle_turn{2000};  ///< Of a catch-up, while others wait for theirs.
};

}  // namespace gateway::fanout
