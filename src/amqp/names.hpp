#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/result.hpp"

namespace gateway::amqp {

/// The longest name that AMQP can carry (a short string).
constexpr std::size_t max_name_bytes = 255;

/// The queue of a consumer group at a topic: `TOPIC:GROUP`. A topic's name has no colon, so that no
/// two pairs share a queue. Fails with invalid_group where that is longer than a name can be.
[[nodiscard]] Result<std::string> group_queue(std::string_view topic, std::string_view group);

}  // namespace gateway::amqp
