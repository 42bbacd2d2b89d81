#pragma once

#include <string>

#include "config/config.hpp"

namespace gateway::config {

/// The whole of `config` as a file that reads back as the same, each key under its sentence.
/// Passwords are not left out.
[[nodiscard]] std::string write_yaml(const Config& config);

/// The table of all keys with their defaults, as README.md has it.
[[nodiscard]] std::string write_markdown();

/// What `--help` says.
[[nodiscard]] std::string write_help();

}  // namespace gateway::config
