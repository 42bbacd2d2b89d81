#pragma once

#include <chrono>
#include <cstddef>

namespace gateway::socketio {

/// What a client of Socket.IO may do.
struct Options {
    std::chrono::milliseconds connect_timeout{45000};  ///< For it to connect to a namespace.
    std::size_t max_attachments = 0;  ///< Of one event; if there are more, all are dropped.
};

}  // namespace gateway::socketio
