#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Whether a page of this origin (RFC 6454, the header's value) may use a server that it reached at
/// `host`: one of the server's own host may, and those of `origins`, where "*" stands for all.
/// Empty: no page asks, and it may.
[[nodiscard]] bool is_allowed_origin(std::string_view origin, std::string_view host,
                                     const std::vector<std::string>& origins);

}  // namespace gateway
