#pragma once

#include <amqp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gateway::amqp {

/// Why a connection does not stand.
struct Failure {
    std::string reason;
    bool is_permanent = false;  ///< It will not heal without a change: credentials, vhost.
};

/// What a broker's reply code on a channel (AMQP 0-9-1, 1.2) means to a client.
[[nodiscard]] Errc errc_of(std::uint16_t reply_code);

/// Nothing if the reply is the one that was wanted.
[[nodiscard]] std::optional<Failure> failure_of(const amqp_rpc_reply_t& reply);

[[nodiscard]] Failure failure_of(std::uint16_t reply_code, std::string_view reply_text);
[[nodiscard]] Failure failure_of_status(int status);

}  // namespace gateway::amqp
