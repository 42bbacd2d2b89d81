#pragma once

#include <cstddef>
#include <cstdint>

namespace gateway::amqp {

/// How many messages a consumer may have that are not acknowledged, so that they are no more bytes
/// than it may hold: AMQP counts messages alone. Follows the size of those that come, and begins
/// small, as for messages of 64 KiB. Pure.
///
/// The broker has sent by the old count when the new one is told: until those are acknowledged
/// there may be as many more, and more bytes where the first messages are larger than 64 KiB, or
/// large ones come behind many small ones.
class PrefetchWindow {
public:
    PrefetchWindow(std::uint16_t most, std::size_t max_bytes);

    [[nodiscard]] std::uint16_t count() const { return count_; }

    /// A message came. True if the count has changed by much since it was told.
    [[nodiscard]] bool add(std::size_t bytes);

private:
    [[nodiscard]] std::uint16_t fitting(std::size_t size) const;

    std::uint16_t most_;
    std::size_t max_bytes_;
    std::uint16_t count_;
    std::size_t seen_ = 0;     ///< Messages, until enough came to go by.
    std::size_t average_ = 0;  ///< Of the sizes, the last counting most.
};

}  // namespace gateway::amqp
