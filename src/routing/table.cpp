#include "routing/table.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace gateway::routing {

Table::Table(const Options& options, std::span<const BrokerTraits> brokers) {
    for (const auto& [path, decoder] : options.decoders) {
        if (find_codec(decoder)) continue;
        throw std::runtime_error(fmt::format(
            "websocket.decoders: \"{}\" of {} is no decoder; there are json, text, msgpack, base64",
            decoder, path));
    }
    for (const RouteOptions& route : options.routes) routes_.emplace_back(route, brokers);
}

}  // namespace gateway::routing
