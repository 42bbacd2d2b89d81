#pragma once

#include <cstdint>
#include <string>

namespace gateway::http {

/// `http.*`: where operators ask.
struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  ///< 0: any free one.
};

}  // namespace gateway::http
