#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gateway::http {

/// `http.*`: where services are called and served, and operators ask.
struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;               ///< 0: any free one.
    std::size_t max_connections = 20000;     ///< Of all shards together; one more gets 503.
    std::size_t max_header_bytes = 8 << 10;  ///< Of one header's value, and of a request's target.
    std::size_t max_body_bytes = 1 << 20;    ///< Of one request.
    std::vector<std::string> origins{};      ///< Of pages that may call services; "*": all.
    std::chrono::milliseconds idle_timeout{30000};  ///< From an answer to the next whole request.
    std::chrono::milliseconds reply_timeout{
        10000};  ///< For us to answer what waits for nobody; for writing.
};

}  // namespace gateway::http
