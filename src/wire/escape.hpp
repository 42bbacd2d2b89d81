#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// Whether `bytes` are UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// Appends `text`, which is UTF-8, as a JSON string with its quotes. Only what RFC 8259, section 7,
/// requires is escaped.
void append_string(std::string& out, std::string_view text);

/// The same JSON, which is UTF-8, with every character that is not ASCII escaped.
[[nodiscard]] std::string to_ascii(std::string_view json);

}  // namespace gateway
