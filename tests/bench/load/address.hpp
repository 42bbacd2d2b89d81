#pragma once

#include <cstdint>
#include <string>

namespace bench {

/// Where a server on this machine listens. Nothing else is ever put under load.
struct Address {
    std::uint16_t port = 0;
    std::string path = "/";
};

/// Reads `ws://127.0.0.1:PORT/path`. Throws std::runtime_error for anything but loopback.
[[nodiscard]] Address parse_address(const std::string& url);

}  // namespace bench
