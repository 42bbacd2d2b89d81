#pragma once

#include <optional>
#include <string>

#include "broker/start.hpp"
#include "kasocki/catalog.hpp"
#include "kasocki/failure.hpp"
#include "kasocki/stream.hpp"
#include "kasocki/wanted.hpp"

namespace gateway::kasocki {

/// What becomes of a client's `subscribe`.
struct Plan {
    Stream::Options options;
    std::string answer;  ///< The assignments, as JSON.
};

/// Why the client may not have it; nothing if it may.
[[nodiscard]] std::optional<Failure> check(const Wanted& wanted, const Topics& topics);

/// Whole topics, all of which there are, from their ends: offset -1, as librdkafka has it.
[[nodiscard]] Plan plan_topics(const Wanted& wanted, const Topics& topics);

/// Assignments, all of which are in `starts`.
[[nodiscard]] Plan plan_assignments(const Wanted& wanted, const Cursor& starts);

}  // namespace gateway::kasocki
