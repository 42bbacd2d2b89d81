#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/setting.hpp"

namespace gateway::config {

/// What the command line asks for.
struct Flags {
    enum class Action : std::uint8_t { run, check, print_yaml, print_markdown, help, version };

    Action action = Action::run;
    std::optional<std::string> file;  ///< `-c`.
    std::vector<Setting> settings;
};

/// Every key is a flag of its name: `--websocket.port 0` or `--websocket.port=0`.
///
/// Throws Error for anything else, for a flag without a value and for one that is there twice.
[[nodiscard]] Flags read_flags(int argc, const char* const* argv);

}  // namespace gateway::config
