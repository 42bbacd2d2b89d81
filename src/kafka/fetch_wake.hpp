#pragma once

#include <cstddef>

#include "kafka/handle.hpp"

namespace gateway::kafka {

/// Ends the fetcher's sleep as its queue empties.
///
/// A full queue sends librdkafka 2.0's fetcher to sleep for a second, however soon there is room:
/// a reader that is only a little slower than the broker would get one queueful a second. Since
/// what was read makes room, it is woken after each half queue. (Later versions have
/// `fetch.queue.backoff.ms` for it.)
class FetchWake {
public:
    /// For a consumer's handle, which must outlive it.
    explicit FetchWake(rd_kafka_t* handle);

    /// So much was taken from the queue.
    void note(std::size_t messages, std::size_t bytes);

private:
    void wake() const;

    rd_kafka_t* handle_;
    std::size_t max_messages_;
    std::size_t max_bytes_;
    std::size_t messages_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace gateway::kafka
