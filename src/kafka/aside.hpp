#pragma once

#include <memory>

#include "kafka/handle.hpp"
#include "kafka/properties.hpp"

namespace gateway::kafka {

/// Ends the handle of a group's member that librdkafka may be long in letting go: 2.0.2 waits for
/// what it has not committed until the session is over, and for ever for a partition that was
/// deleted while it was read. Only a thread stays behind with it, and the `properties` that its log
/// needs, instead of one of the workers.
void end_aside(Handle handle, std::shared_ptr<const Properties> properties);

}  // namespace gateway::kafka
