#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace gateway::config {

/// One value that was given for one key, and where.
struct Setting {
    std::string key;                   ///< "websocket.port"
    std::optional<std::string> value;  ///< Absent where a file says null.

    /// How its giver knows it, which errors begin with: "kafka-ws.yaml:3: websocket.port",
    /// "KAFKA_WS_WEBSOCKET_PORT" or "--websocket.port".
    std::string where;
};

/// Says what is wrong with a property of librdkafka, or nothing.
using PropertyCheck =
    std::function<std::optional<std::string>(const std::string& name, const std::string& value)>;

/// Whether `key` passes through to librdkafka: `kafka.NAME` and no key of ours.
[[nodiscard]] bool is_property(std::string_view key);

/// Sets it in `config`, over what was there. `websocket.hostname`, as Athena says it, sets
/// `websocket.address`; it looks the name up. An empty `check` finds every property good. Throws
/// Error for a key that does not exist and for a value that is not allowed.
void apply(const Setting& setting, const PropertyCheck& check, Config& config);

}  // namespace gateway::config
