#pragma once

#include <optional>
#include <string>

namespace gateway::kafka {

/// Why a property, by librdkafka's name, cannot have this value or be set at all; nothing if it
/// can. Without librdkafka's header, for whoever reads the configuration. Any thread.
[[nodiscard]] std::optional<std::string> check_property(const std::string& name,
                                                        const std::string& value);

}  // namespace gateway::kafka
