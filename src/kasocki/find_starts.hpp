#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "broker/broker.hpp"
#include "broker/start.hpp"
#include "kasocki/wanted.hpp"

namespace gateway::kasocki {

using OnStarts = std::function<void(const Result<Cursor>& starts)>;

/// Turns assignments into a cursor with every partition of their topics: those that are not
/// assigned stand at their ends, since nobody wants their records. Offsets are not looked at.
///
/// Asks the broker for the ends, and once for each time. `done` comes on the executor, never from
/// within the call.
void find_starts(Broker& broker, asio::any_io_executor executor, std::chrono::milliseconds timeout,
                 std::vector<Assignment> assignments, OnStarts done);

}  // namespace gateway::kasocki
