#pragma once

#include <chrono>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway::amqp {

/// Records on their way from a producer to the connection: what one call sends, copied once.
class Block {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Records without a timestamp get `now`.
    Block(std::span<const OutgoingRecord> records, Timestamp now, Time deadline);
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    /// What a record counts against the bounds of a producer.
    [[nodiscard]] static std::size_t cost(const OutgoingRecord& record);

    /// Its key, value and headers.
    [[nodiscard]] static std::size_t payload(const OutgoingRecord& record);

    [[nodiscard]] std::span<const OutgoingRecord> records() const { return records_; }
    [[nodiscard]] Time deadline() const { return deadline_; }

private:
    [[nodiscard]] std::string_view copied(std::string_view text);

    std::pmr::monotonic_buffer_resource memory_;
    std::vector<OutgoingRecord> records_;
    Time deadline_;
};

}  // namespace gateway::amqp
