#include "config/environment.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/error.hpp"
#include "config/keys.hpp"
#include "config/suggestion.hpp"

namespace gateway::config {
namespace {

constexpr std::string_view ours = "KAFKA_WS_";

std::string key_of(std::string_view variable, const std::vector<BrokerEntry>& brokers) {
    for (const Key& key : keys()) {
        if (variable_of(key.name) == variable) return std::string(key.name);
    }

    if (std::string key = key_of_variable(brokers, variable); !key.empty()) return key;
    if (!variable.starts_with("KAFKA_WS_KAFKA_")) {
        std::vector<std::string> known;
        for (const auto& name : key_names()) known.push_back(variable_of(name));
        throw Error(
            fmt::format("{}: there is no such variable{}", variable, suggestion(variable, known)));
    }
    return property_of(variable.substr(ours.size()));
}

}  // namespace

bool is_reserved(std::string_view variable) {
    return variable == "KAFKA_WS_BINARY" || variable == "KAFKA_WS_PORT" ||
           variable.starts_with("KAFKA_WS_PORT_") || variable.starts_with("KAFKA_WS_SERVICE_");
}

std::vector<Setting> read_environment(const char* const* variables,
                                      const std::vector<BrokerEntry>& brokers) {
    std::vector<Setting> settings;
    for (; *variables; ++variables) {
        const std::string_view entry = *variables;
        const std::string_view variable = entry.substr(0, entry.find('='));
        if (!variable.starts_with(ours) || is_reserved(variable)) continue;

        const std::string_view value = entry.substr(std::min(entry.size(), variable.size() + 1));
        settings.push_back({.key = key_of(variable, brokers),
                            .value = std::string(value),
                            .where = std::string(variable)});
    }
    return settings;
}

}  // namespace gateway::config
