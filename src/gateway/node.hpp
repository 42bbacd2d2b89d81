#pragma once

#include <string>

namespace gateway {

/// Which server this is, of several that serve the same clients.
struct Node {
    std::string id{};       ///< What it is called.
    std::string process{};  ///< The same, and what tells this run of it from every other.
    std::string queue{};    ///< Where deliveries for its clients are sent; empty: nowhere.
};

}  // namespace gateway
