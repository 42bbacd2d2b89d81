#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway {

/// How far a subscription has come in each of its partitions: the offset after the last record
/// noted. Fast where records of one partition follow each other, as they come from a broker.
class Offsets {
public:
    void note(std::string_view topic, std::int32_t partition, std::int64_t offset);

    /// Everything noted since the last `take`, one position a partition.
    [[nodiscard]] std::vector<Position> take();

private:
    std::vector<Position> next_;
    std::size_t last_ = 0;  ///< Where the partition noted last stands.
};

}  // namespace gateway
