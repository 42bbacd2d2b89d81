#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gateway::routing {

/// One entry of `routes` or `dispatcher`: which messages it takes, and where they go.
struct RouteOptions {
    enum class Target : std::uint8_t { queue, topic, exchange };

    std::string where{};  ///< Which errors begin with: "kafka-ws.yaml:3: routes[0]".

    std::string
        field{};  ///< A member of the message, or $client, $node or $user; empty: it asks none.
    std::string value{};      ///< What that equals, as JSON: no array, no object.
    std::string filter{};     ///< As in a subscription, as JSON; empty: it has none.
    bool is_default = false;  ///< It takes what no other route does.

    std::string broker{};  ///< By name; empty: the default one.
    Target target = Target::queue;
    std::string name{};         ///< Of the target; may have fields: "user.{userId}".
    std::string routing_key{};  ///< For an exchange; the same. Of the one without a name: a queue.
    std::string encoder = "json";
};

/// Where messages go that are none of the protocol's, and how frames are read that are not JSON.
struct Options {
    std::vector<RouteOptions> routes{};
    std::map<std::string, std::string> decoders{};  ///< By the path of their WebSockets.
};

}  // namespace gateway::routing
