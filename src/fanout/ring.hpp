#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "broker/record.hpp"
#include "fanout/batch.hpp"

namespace gateway::fanout {

/// The recent batches of a topic, oldest first, without a hole.
///
/// A place in it is a batch's sequence: everything before that batch is behind the place. Pure, not
/// thread-safe; the thread that reads a topic has one, and each shard that follows it.
class Ring {
public:
    struct Bounds {
        std::size_t bytes = 0;
        std::size_t records = 0;
    };

    void push(BatchPointer batch);

    /// The oldest batches go; the one pushed last stays.
    void trim(Bounds bounds);
    void trim_before(std::uint64_t oldest);

    /// Reading of a partition begins here; nothing happens if it is read already.
    void begin(const Position& position);

    [[nodiscard]] std::uint64_t oldest() const { return next_ - batches_.size(); }
    [[nodiscard]] std::uint64_t next() const { return next_; }

    /// It must hold this batch.
    [[nodiscard]] const Batch& at(std::uint64_t sequence) const {
        return *batches_[static_cast<std::size_t>(sequence - oldest())];
    }

    /// The offset that comes next in each partition behind the last batch, ordered by partition.
    [[nodiscard]] const std::vector<Position>& heads() const { return heads_; }

    /// The same before its first batch: what came earlier it does not hold.
    [[nodiscard]] const std::vector<Position>& begins() const { return begins_; }

    /// The same for a place that it holds, or its end. Slow for one far from the oldest.
    [[nodiscard]] std::vector<Position> heads_at(std::uint64_t sequence) const;

    /// Where to begin so that nothing from these positions on is left out; nothing if it does not
    /// reach back far enough. They must be ordered by partition.
    [[nodiscard]] std::optional<std::uint64_t> find(std::span<const Position> wanted) const;

private:
    void drop_oldest();

    std::deque<BatchPointer> batches_;
    std::uint64_t next_ = 0;
    std::vector<Position> heads_;
    std::vector<Position> begins_;
    std::size_t bytes_ = 0;
    std::size_t records_ = 0;
};

}  // namespace gateway::fanout
