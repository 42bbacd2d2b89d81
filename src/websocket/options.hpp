#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway::websocket {

/// `websocket.*`: where clients connect, and what one connection may cost.
struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8085;              ///< 0: any free one.
    std::string path = "/";                 ///< Of the WebSockets; resources have theirs.
    unsigned threads = 0;                   ///< Shards; 0: one for each core.
    std::vector<std::string> origins{"*"};  ///< Of pages that may connect; "*": all.
    std::size_t max_connections = 0;        ///< 0: what the limit on open files allows.
    std::size_t max_frame_bytes = 1 << 20;  ///< Of a client's message, its fragments together.
    std::chrono::milliseconds handshake_timeout{5000};
    std::chrono::milliseconds idle_timeout{
        60000};  ///< Nothing heard, not even the pong to our ping.

    /// Where a proxy that authenticates clients names their user; empty: nobody has a name.
    std::string user_header{};
    /// The proxies: addresses, or networks as 10.0.0.0/8.
    std::vector<std::string> user_header_from{"127.0.0.0/8", "::1"};
};

}  // namespace gateway::websocket
