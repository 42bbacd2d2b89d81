#pragma once

#include <string>

namespace gateway {

/// What a service sends to a client.
struct Delivery {
    std::string payload{};  ///< JSON text.
    std::string refid{};    ///< The JSON text of the request's id that it answers; may be empty.
};

}  // namespace gateway
