#pragma once

#include <cstddef>
#include <string_view>

namespace gateway {

/// Enough of what a client sent to recognise it by in an error, and never a whole megabyte: 64
/// bytes at most. Of UTF-8 (RFC 3629) no character is cut.
[[nodiscard]] constexpr std::string_view excerpt(std::string_view text) {
    constexpr std::size_t most = 64;
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return text.substr(0, end);
}

}  // namespace gateway
