#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"
#include "config/setting.hpp"

namespace gateway::config {

/// One entry of `brokers`, before its settings are looked at.
struct BrokerEntry {
    std::string name;
    std::string kind;
    bool is_default = false;
    std::string where;              ///< Which errors begin with: "kafka-ws.yaml:3: brokers[0]".
    std::vector<Setting> settings;  ///< By their keys in the entry: "hosts", "producer.linger.ms".
};

/// Reads `brokers`: a list, or as Athena has it, a map of a list for each kind. Throws Error for
/// what is no such thing, for an unknown kind, for a name that is missing, is none or is there
/// twice, and for a second default.
[[nodiscard]] std::vector<BrokerEntry> read_brokers(const Node& node);

/// Whether a setting changes an entry: `brokers.NAME.KEY`.
[[nodiscard]] bool is_of_broker(std::string_view key);

/// Adds a setting that the environment or a flag gave. Throws Error if there is no such entry.
void change(std::vector<BrokerEntry>& entries, const Setting& setting);

/// The key that a variable stands for, such as KAFKA_WS_BROKERS_RABBIT_PASSWORD; empty if it stands
/// for none of these brokers'.
[[nodiscard]] std::string key_of_variable(const std::vector<BrokerEntry>& entries,
                                          std::string_view variable);

}  // namespace gateway::config
