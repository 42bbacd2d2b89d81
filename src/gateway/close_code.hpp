#pragma once

#include <cstdint>
#include <string_view>

namespace gateway {

/// Why we close a connection: RFC 6455, section 7.4, and our own from 4000 on, of which those below
/// 4500 invite the client to connect again. protocol/errors.md lists them.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    policy_violation = 1008,
    overloaded = 1013,
    idle = 4000,
    slow_consumer = 4001,
};

/// What the client reads beside the code.
[[nodiscard]] constexpr std::string_view reason_of(CloseCode code) {
    switch (code) {
        case CloseCode::normal:
            return "done";
        case CloseCode::going_away:
            return "draining";
        case CloseCode::policy_violation:
            return "not allowed";
        case CloseCode::overloaded:
            return "too many connections";
        case CloseCode::idle:
            return "idle";
        case CloseCode::slow_consumer:
            return "slow consumer";
    }
    return {};
}

}  // namespace gateway
