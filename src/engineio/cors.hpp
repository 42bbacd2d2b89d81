#pragma once

#include <vector>

#include "gateway/exchange.hpp"

namespace gateway::engineio {

/// Headers by which a browser lets a page that may connect read the reply. Clients of Socket.IO 1
/// and 2 ask with credentials, which browsers grant only to an origin that is named.
[[nodiscard]] std::vector<HttpHeader> cors_headers(const HttpRequest& request);

/// To a browser that asks what a page may ask.
[[nodiscard]] HttpReply preflight_reply(const HttpRequest& request);

}  // namespace gateway::engineio
