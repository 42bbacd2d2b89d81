#pragma once

#include <string>
#include <vector>

#include "gateway/exchange.hpp"

namespace gateway::engineio {

/// Whether a page of this request's origin may connect; see Options::origins.
[[nodiscard]] bool is_allowed(const HttpRequest& request, const std::vector<std::string>& origins);

/// Headers by which a browser lets such a page read the reply. Clients of Socket.IO 1 and 2 ask
/// with credentials, which browsers grant only to an origin that is named.
[[nodiscard]] std::vector<HttpHeader> cors_headers(const HttpRequest& request);

/// To a browser that asks what a page may ask.
[[nodiscard]] HttpReply preflight_reply(const HttpRequest& request);

}  // namespace gateway::engineio
