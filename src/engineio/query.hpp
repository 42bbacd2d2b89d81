#pragma once

#include <optional>
#include <string_view>

#include "engineio/packet.hpp"

namespace gateway::engineio {

/// What a client says in the query of each of its requests.
struct Query {
    std::optional<Revision> revision;  ///< Absent if it is none that we speak.
    std::string_view transport;
    std::string_view sid;       ///< Empty: it begins a session.
    bool has_base64 = false;    ///< It cannot take binary replies.
    bool has_callback = false;  ///< It wants a script for a reply (JSONP).
};

/// From a request's target. The views point into it; nothing is percent-decoded, since nothing that
/// we know needs to be encoded.
[[nodiscard]] Query parse_query(std::string_view target);

}  // namespace gateway::engineio
