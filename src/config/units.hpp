#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::config {

/// How settings write amounts. Every `parse_…` takes the whole text or nothing: no signs, blanks
/// or fractions, and nothing that does not fit. What `write_…` gives is parsed to the same amount.

[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// Milliseconds as a plain number, or a number with ms, s, m or h.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::string write_duration(std::chrono::milliseconds duration);

/// Bytes as a plain number, or a number with KiB, MiB or GiB.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string write_size(std::uint64_t bytes);

}  // namespace gateway::config
