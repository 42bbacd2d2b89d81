#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway {

/// How far a subscription has come in each of its partitions: the offset that comes next. Fast
/// where what is noted of one partition follows each other, as records come from a broker.
class Offsets {
public:
    void note(std::string_view topic, std::int32_t partition, std::int64_t next);

    /// Nothing is noted of these any more.
    void drop(std::span<const TopicPartition> partitions);

    /// What comes next in this partition, if anything was noted of it.
    [[nodiscard]] std::optional<std::int64_t> find(std::string_view topic,
                                                   std::int32_t partition) const;

    /// What was noted since the last `take`, one position a partition.
    [[nodiscard]] const std::vector<Position>& noted() const { return next_; }
    [[nodiscard]] std::vector<Position> take();

private:
    std::vector<Position> next_;
    std::size_t last_ = 0;  ///< Where the partition noted last stands.
};

}  // namespace gateway
