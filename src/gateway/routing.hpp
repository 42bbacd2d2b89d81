#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "base/result.hpp"
#include "broker/broker.hpp"
#include "broker/record.hpp"

namespace gateway {

/// What one route makes of a message.
struct RoutedRecord {
    Broker* broker = nullptr;
    OutgoingRecord record{};
    std::optional<Error>
        error{};  ///< Present: the route takes the message and cannot say where to.
};

/// Says where messages go that are none of the protocol's, for the sessions of one shard, on its
/// thread alone.
class Routing {
public:
    virtual ~Routing() = default;

    /// One entry for each route that takes `message`, a JSON object that the connection `client`,
    /// of `user` if that is not empty, sent; none if no route does. Fails with malformed_message if
    /// it is not JSON. What is returned lasts until the next call, and as long as `message`.
    [[nodiscard]] virtual Result<std::span<const RoutedRecord>> route(std::string_view message,
                                                                      std::string_view client,
                                                                      std::string_view user) = 0;
};

}  // namespace gateway
