#pragma once

#include <optional>
#include <string_view>

namespace gateway {

/// A header of a record. Names may repeat; a value may be absent or binary.
struct Header {
    std::string_view name;
    std::optional<std::string_view> value;
};

}  // namespace gateway
