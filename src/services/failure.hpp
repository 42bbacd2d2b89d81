#pragma once

#include <string_view>

#include "wire/json_object.hpp"

namespace gateway::services {

/// Whether a worker's answer, JSON text, says that the job failed: {"error": …} and nothing else.
/// `object` reads it.
[[nodiscard]] bool is_failure(JsonObject& object, std::string_view answer);

}  // namespace gateway::services
