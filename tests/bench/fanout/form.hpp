#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

/// How the messages of a run stand in a server's frames: all equally long but for their ids.
struct Form {
    /// Of one message with what separates it from the next, without the digits of its id.
    std::size_t message_bytes = 0;

    /// A frame is `[{"id":7,"t":…},…]`, and its ids count up. Otherwise messages follow each other
    /// without ids, wherever frames begin.
    bool has_ids = true;

    std::string_view before_value;  ///< What stands right before each value.
};

/// How many messages the payload of a frame holds that begins with `start`, which shows the whole
/// first id. 0 if it is not one of notifications. Only for a form with ids.
[[nodiscard]] std::uint64_t messages_in(std::string_view start, std::size_t payload_bytes,
                                        const Form& form);

}  // namespace bench
