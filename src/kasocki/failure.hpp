#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gateway::kasocki {

/// The classes of Kasocki's errors (lib/error.js of its repository), as its clients know them by
/// name.
enum class Kind : std::uint8_t {
    kasocki,
    invalid_topic,
    topic_not_available,
    not_subscribed,
    already_subscribed,
    already_started,
    already_closing,
    invalid_filter,
    invalid_message,
};

/// Why a client does not get what it wants.
struct Failure {
    Kind kind = Kind::kasocki;
    Error error;
    std::string details{};  ///< Further members for the client: `"topics":["a"]`, or empty.
};

/// The error as a client gets it: an object with name, message, origin, code, socketEvent where it
/// answers an event, and the details.
[[nodiscard]] std::string to_json(const Failure& failure, std::string_view socket_event = {});

/// A member of `details` that holds JSON, left out where it is long.
[[nodiscard]] std::string detail(std::string_view name, std::string_view json);

}  // namespace gateway::kasocki
