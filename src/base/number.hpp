#pragma once

#include <string_view>

namespace gateway {

/// Whether `text` is a number by RFC 8259, section 6, whatever its size.
[[nodiscard]] bool is_json_number(std::string_view text);

}  // namespace gateway
