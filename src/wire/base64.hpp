#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// Appends `bytes` in base64: RFC 4648, section 4, with padding.
void append_base64(std::string& out, std::string_view bytes);

/// Appends the bytes that `text` stands for. False, with `out` as it was, if `text` is not padded
/// base64 without line breaks.
[[nodiscard]] bool decode_base64(std::string_view text, std::string& out);

}  // namespace gateway
