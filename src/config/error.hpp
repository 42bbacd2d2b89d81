#pragma once

#include <stdexcept>

namespace gateway::config {

/// Why the server cannot start as it was told to. what() is one line for whoever started it:
/// where it stands, what is wrong there, and what is allowed.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace gateway::config
