#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway {

/// The records that a client has got and not acknowledged yet, and what may be committed: in each
/// partition everything before the first of them.
///
/// Pure; not thread-safe.
class AckWindow {
public:
    explicit AckWindow(std::size_t limit) : limit_(limit) {}

    /// No more may be added.
    [[nodiscard]] bool is_full() const { return count_ >= limit_; }

    /// The client gets this record.
    void add(std::string_view topic, std::int32_t partition, std::int64_t offset);

    /// Everything before `next` that was not added needs no acknowledgement.
    void pass(std::string_view topic, std::int32_t partition, std::int64_t next);

    /// False if this record does not wait: it was never added, is acknowledged already, or its
    /// partition was dropped.
    [[nodiscard]] bool acknowledge(std::string_view topic, std::int32_t partition,
                                   std::int64_t offset);

    /// Partitions that are another member's now.
    void drop(std::span<const TopicPartition> partitions);

    /// What may be committed and was not taken before.
    [[nodiscard]] std::vector<Position> take();

private:
    struct Partition {
        std::string topic;
        std::int32_t number = 0;
        std::deque<std::int64_t> waiting{};  ///< In order.
        std::int64_t next = 0;               ///< After the last record added or passed.
        std::int64_t taken = -1;

        [[nodiscard]] std::int64_t committable() const {
            return waiting.empty() ? next : waiting.front();
        }
    };

    [[nodiscard]] Partition* find(std::string_view topic, std::int32_t partition);
    [[nodiscard]] Partition& at(std::string_view topic, std::int32_t partition);

    std::size_t limit_;
    std::size_t count_ = 0;
    std::vector<Partition> partitions_;
    std::size_t last_ = 0;  ///< Where the partition that was asked for last stands.
};

}  // namespace gateway
