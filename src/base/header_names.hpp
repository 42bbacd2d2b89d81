#pragma once

#include <string_view>

namespace gateway {

/// Names of headers that servers, services and brokers agree on; AMQP has properties for them.
constexpr std::string_view correlation_header = "correlation-id";
constexpr std::string_view reply_header = "reply-to";
constexpr std::string_view content_type_header = "content-type";

}  // namespace gateway
