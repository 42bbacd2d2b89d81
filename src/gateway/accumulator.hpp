#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "broker/record.hpp"

namespace gateway {

/// Copies of records that wait to be sent, in order.
///
/// They share one block of memory, which is given back when the last of them is taken.
/// Not thread-safe.
class Accumulator {
public:
    /// Copies everything the records point to.
    void add(std::span<const OutgoingRecord> records);

    /// What waits, oldest first; the views last until the next call.
    [[nodiscard]] std::span<const OutgoingRecord> waiting() const;

    /// Removes so many from the front.
    void take(std::size_t count);

    [[nodiscard]] bool is_empty() const { return taken_ == records_.size(); }

    /// Memory held: what was taken counts until everything is.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    [[nodiscard]] std::string_view copied(std::string_view text);

    std::pmr::monotonic_buffer_resource memory_;
    std::vector<OutgoingRecord> records_;
    std::size_t taken_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace gateway
