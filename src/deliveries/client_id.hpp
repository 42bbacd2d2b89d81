#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gateway::deliveries {

/// What Session::client_id is made of. A view.
struct ClientId {
    std::string_view process;  ///< Node::process of the server that the client is connected to.
    std::uint64_t number = 0;  ///< Which of its connections.

    /// Nothing for what is no client's id.
    [[nodiscard]] static std::optional<ClientId> parse(std::string_view text);
};

}  // namespace gateway::deliveries
