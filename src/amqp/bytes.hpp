#pragma once

#include <amqp.h>

#include <string_view>

namespace gateway::amqp {

/// As rabbitmq-c passes bytes, which it does not change.
[[nodiscard]] inline amqp_bytes_t to_bytes(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())};
}

[[nodiscard]] inline std::string_view to_view(const amqp_bytes_t& bytes) {
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

}  // namespace gateway::amqp
