#pragma once

#include "wire/message.hpp"

namespace gateway {

class Session;

/// Does what a request asks for, or answers why not.
void route(Session& session, const Request& request);

}  // namespace gateway
