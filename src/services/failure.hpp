#pragma once

#include <string_view>

#include "base/error.hpp"
#include "services/job.hpp"
#include "wire/json_object.hpp"

namespace gateway::services {

/// Whether a worker's answer, JSON text, says that the job failed: {"error": …} and nothing else.
/// `object` reads it.
[[nodiscard]] bool is_failure(JsonObject& object, std::string_view answer);

/// What is answered in place of a worker whose answer cannot be had: {"error": …}.
[[nodiscard]] Answer failure_of(const Error& error);

}  // namespace gateway::services
