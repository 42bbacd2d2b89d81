#pragma once

#include <string>
#include <vector>

#include "bridges/options.hpp"
#include "config/broker_entry.hpp"
#include "config/setting.hpp"
#include "routing/options.hpp"

namespace gateway::config {

/// What a file says.
struct File {
    std::vector<Setting> settings{};
    std::vector<BrokerEntry> brokers{};
    std::vector<routing::RouteOptions> routes{};  ///< Of `routes` and `dispatcher`, as they stand.
    std::vector<bridges::Options> bridges{};      ///< `services.bridges`.
};

/// Reads a file of settings: one YAML document, and so JSON too. A key's parts are maps in maps or
/// stand together with dots: `websocket: {port: 0}` is `websocket.port: 0`.
///
/// Throws Error for a file that cannot be read or is not such a document, and for a key that is
/// there twice. Whether the keys exist is not asked here.
[[nodiscard]] File read_file(const std::string& path);

}  // namespace gateway::config
