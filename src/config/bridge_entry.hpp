#pragma once

#include <vector>

#include "bridges/options.hpp"
#include "config/node.hpp"

namespace gateway::config {

/// Reads `services.bridges`: a list of services with where they are. Throws Error for what is no
/// such entry. Whether
/// names are good, and whether there is such a broker, is not asked here.
[[nodiscard]] std::vector<bridges::Options> read_bridges(const Node& node);

}  // namespace gateway::config
