#pragma once

#include <string_view>

#include "broker/topic_name.hpp"

namespace gateway::services {

/// Whether `name` may name a service: as topics are named, since a service may be served by one.
[[nodiscard]] constexpr bool is_service_name(std::string_view name) { return is_topic_name(name); }

}  // namespace gateway::services
