#pragma once

#include <functional>
#include <string>
#include <variant>

#include "config/config.hpp"
#include "config/error.hpp"
#include "config/setting.hpp"

namespace gateway::config {

/// Serve with these settings.
struct Run {
    Config config;
};

/// Print this on stdout and end.
struct Print {
    std::string text;
    int exit_code = 0;
};

using Outcome = std::variant<Run, Print>;

/// What settings are asked that this folder cannot judge.
struct Checks {
    PropertyCheck property{};  ///< Each property of librdkafka, wherever it is given.

    /// The settings as a whole; throws std::runtime_error for what cannot be used.
    std::function<void(const Config&)> whole{};
};

/// What the command line, the file that it names, and the environment tell the server to do. The
/// defaults are below the file, the file below the environment, the environment below the flags.
///
/// `environment` is a list of NAME=VALUE that ends with null, as `environ`. Without a check
/// everything is taken as good.
///
/// Throws Error for a key that does not exist or a value that is not allowed, wherever it is given
/// and even if another one stands over it.
[[nodiscard]] Outcome parse(int argc, const char* const* argv, const char* const* environment,
                            const Checks& checks = {});

}  // namespace gateway::config
