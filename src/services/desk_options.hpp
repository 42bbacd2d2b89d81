#pragma once

#include <cstddef>

#include "services/event_name.hpp"

namespace gateway::services {

/// More of `services.*`: what one connection may have and do.
struct DeskOptions {
    std::size_t max_registered = 100;    ///< Services that it works for.
    std::size_t max_credit = 1000;       ///< Commands that a worker has at once.
    std::size_t max_about_bytes = 4096;  ///< What a worker says of itself, its commands included.
    std::size_t max_listed = 1000;       ///< Workers in one reply.
    std::size_t max_watches = 100;
    std::size_t max_listens = 1000;  ///< Names and patterns of events.
    EventNameLimits event_names{};

    /// Of events on their way to one thread, from all connections.
    std::size_t max_event_backlog_bytes = 16 << 20;
};

}  // namespace gateway::services
