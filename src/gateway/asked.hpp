#pragma once

#include <string>

#include "wire/message.hpp"

namespace gateway {

/// A request that waits for its answer.
struct Asked {
    std::string id;  ///< The JSON text of the request's id.
    Type type = Type::unknown;
    Action action = Action::none;

    explicit Asked(const Request& request)
        : id(request.id), type(request.type), action(request.action) {}
};

}  // namespace gateway
