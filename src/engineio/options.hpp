#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace gateway::engineio {

/// How sessions live, and what one may cost.
struct Options {
    std::string path = "/socket.io/";  ///< Where they are served, on the WebSocket port.
    std::chrono::milliseconds ping_interval{25000};    ///< From one heartbeat to the next.
    std::chrono::milliseconds ping_timeout{20000};     ///< For the other side to answer one.
    std::chrono::milliseconds upgrade_timeout{10000};  ///< For a WebSocket to take over.
    std::size_t max_payload = 1'000'000;  ///< Bytes of a client's message, or of a request's body.

    /// Bytes that wait for a client, or are not yet written, beyond which it is read no further.
    std::size_t max_buffered_bytes = 1 << 20;

    std::size_t max_sessions = 100'000;  ///< Of all threads together.

    /// Of the pages that may connect, as `https://example.com`; "*": any page. A page from where
    /// the server is asked for is allowed anyway, and so is who is no page.
    std::vector<std::string> origins{"*"};
};

}  // namespace gateway::engineio
