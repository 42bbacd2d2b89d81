#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "broker/record.hpp"

namespace gateway::memory {

/// The records of one send. It goes to the broker thread and comes back with what became of each;
/// one thread has it at a time.
struct Block {
    struct Item {
        static constexpr std::uint32_t no_error = std::numeric_limits<std::uint32_t>::max();

        std::uint32_t token = 0;
        std::uint32_t topic = 0;         ///< Index of its name.
        std::uint32_t size = 0;          ///< Of its entry.
        std::uint32_t error = no_error;  ///< Index of what prevented it.
        std::int32_t partition = OutgoingRecord::any_partition;
        std::int64_t offset = -1;
    };

    /// Copies records into entries; `bytes` is what all entries need together.
    Block(std::span<const OutgoingRecord> records, std::size_t bytes);

    /// What a record adds to a queue that holds blocks.
    [[nodiscard]] static std::size_t cost(const OutgoingRecord& record);

    [[nodiscard]] std::size_t cost() const { return bytes + items.size() * sizeof(Item); }

    std::vector<std::string> topics;  ///< A run of records for one topic shares its name.
    std::vector<Item> items;
    std::vector<Error> errors;
    std::size_t bytes;
    std::unique_ptr<char[]> entries;
};

}  // namespace gateway::memory
