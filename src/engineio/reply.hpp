#pragma once

#include <cstdint>

#include "engineio/payload.hpp"
#include "gateway/exchange.hpp"

namespace gateway::engineio {

/// Why a request is not answered, in the order of the numbers that clients know.
enum class Refusal : std::uint8_t {
    unknown_transport,
    unknown_session,
    bad_method,
    bad_request,
    forbidden,
    unknown_revision,
    overloaded,
};

/// The reply that says so.
[[nodiscard]] HttpReply reply_of(Refusal refusal);

/// To a poll.
[[nodiscard]] HttpReply reply_with(Payload payload);

/// To a POST whose packets were received.
[[nodiscard]] HttpReply reply_ok();

}  // namespace gateway::engineio
