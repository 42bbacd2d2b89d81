#pragma once

#include <vector>

#include "config/node.hpp"
#include "routing/options.hpp"

namespace gateway::config {

/// Reads `routes`, or Athena's `dispatcher`: a list of entries, each with what it asks for beside
/// where the message goes, or with that in a `route` of its own. Throws Error for what is no such
/// entry. Whether filters, names, encoders and brokers are good is not asked here.
[[nodiscard]] std::vector<routing::RouteOptions> read_routes(const Node& node);

}  // namespace gateway::config
