#pragma once

#include <string>

namespace gateway::engineio {

/// A word of 20 letters, digits, - and _ that nobody can guess: 120 bits of the system's
/// randomness. Throws std::system_error if the system has none.
[[nodiscard]] std::string random_id();

}  // namespace gateway::engineio
