#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/record.hpp"

namespace gateway::contract {

/// A record that was taken, in memory of its own.
struct Received {
    TopicPartition from;
    std::int64_t offset = 0;
    Timestamp timestamp = -1;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

[[nodiscard]] Received received(const Record& record);

/// The offsets that came from one partition, in the order they came, repetitions included.
[[nodiscard]] std::vector<std::int64_t> offsets_of(const std::vector<Received>& records,
                                                   const TopicPartition& partition);

/// The values that came from one topic, which are numbers, in the order they came.
[[nodiscard]] std::vector<std::int64_t> numbers_of(const std::vector<Received>& records,
                                                   std::string_view topic);

/// The offsets `first` to `last - 1`.
[[nodiscard]] std::vector<std::int64_t> range(std::int64_t first, std::int64_t last);

}  // namespace gateway::contract
