#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace gateway::config {

/// One setting: what the file, the environment, the command line, `--help`, `--print-config` and
/// README.md know about it.
struct Key {
    std::string_view name;      ///< In the file and, after `--`, on the command line.
    std::string_view sentence;  ///< What it is for.
    std::string allowed;        ///< Its type and range: "a number from 0 to 65535".
    bool is_text;               ///< Its value is quoted where it is printed.
    bool is_optional;           ///< It may be null.
    bool is_list;               ///< A file may have it as a list.

    /// Sets it from text; false, with nothing changed, if that is not what is allowed.
    std::function<bool(Config&, std::string_view)> read;

    /// Its value as `read` takes it.
    std::function<std::string(const Config&)> write;
};

/// The table: all keys, group by group. Besides them there is only `kafka.NAME`,
/// `kafka.producer.NAME` and `kafka.consumer.NAME` for every NAME that librdkafka has.
[[nodiscard]] const std::vector<Key>& keys();

/// The key of this name, or null.
[[nodiscard]] const Key* find_key(std::string_view name);

/// The environment variable of a key: `KAFKA_WS_WEBSOCKET_PORT` for `websocket.port`.
[[nodiscard]] std::string variable_of(std::string_view key);

/// The name of librdkafka's that a part of a variable stands for: `linger.ms` for LINGER_MS.
[[nodiscard]] std::string property_of(std::string_view part);

}  // namespace gateway::config
