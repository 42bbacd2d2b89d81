#pragma once

#include <string>
#include <vector>

namespace gateway::kasocki {

/// `kasocki.*`: what clients of Kasocki get.
struct Options {
    std::vector<std::string> allowed_topics{};  ///< Empty: every topic that is not internal.
    std::string message_field = "meta";  ///< Of a message, where its topic, offset, … stand.
};

}  // namespace gateway::kasocki
