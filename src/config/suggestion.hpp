#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::config {

/// How an error about an unknown word ends: "; did you mean websocket.port?", if one of `known` is
/// a near miss, else a hint at `--help`.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);

/// Every key, and `kafka.bootstrap.servers`: what one may have meant.
[[nodiscard]] std::vector<std::string> key_names();

}  // namespace gateway::config
