#pragma once

#include <span>
#include <vector>

#include "routing/options.hpp"
#include "routing/route.hpp"

namespace gateway::routing {

/// The routes of the configuration, in their order. It does not change; threads share it.
class Table {
public:
    /// Throws std::runtime_error as Route does, and for a decoder that there is none of.
    Table(const Options& options, std::span<const BrokerTraits> brokers);

    [[nodiscard]] std::span<const Route> routes() const { return routes_; }

private:
    std::vector<Route> routes_;
};

}  // namespace gateway::routing
