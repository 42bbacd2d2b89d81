#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace gateway::services {

/// How long names of events, and patterns of them, may be.
struct EventNameLimits {
    std::size_t max_bytes = 256;
    std::size_t max_segments = 16;
};

/// Why `name` may not name an event; nothing if it may. A name is segments with dots between, none
/// of them empty and none with "*", ">" or a control character in it.
[[nodiscard]] std::optional<Error> refusal_of_name(std::string_view name,
                                                   const EventNameLimits& limits);

/// The same of a pattern: a name in which "*" may stand for any one segment, and ">", at its end,
/// for all that follow, at least one.
[[nodiscard]] std::optional<Error> refusal_of_pattern(std::string_view pattern,
                                                      const EventNameLimits& limits);

/// Whether a pattern that is one may fit more than one name.
[[nodiscard]] bool is_wild(std::string_view pattern);

/// Takes the first segment off a name, and its dot.
[[nodiscard]] std::string_view take_segment(std::string_view& name);

}  // namespace gateway::services
