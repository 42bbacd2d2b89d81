#pragma once

#include <vector>

#include "config/broker_entry.hpp"
#include "config/setting.hpp"

namespace gateway::config {

/// Reads the settings among `variables`, a list of NAME=VALUE that ends with null, as `environ`.
///
/// A key's variable is variable_of(key). What is left of KAFKA_WS_KAFKA_ is librdkafka's:
/// KAFKA_WS_KAFKA_PRODUCER_LINGER_MS is `kafka.producer.linger.ms`, an underscore for each dot.
///
/// Likewise KAFKA_WS_BROKERS_RABBIT_PASSWORD is `brokers.rabbit.password` where `brokers` have one
/// that is called rabbit.
///
/// Throws Error for any other variable that begins with KAFKA_WS_, but for those that
/// is_reserved() names.
[[nodiscard]] std::vector<Setting> read_environment(const char* const* variables,
                                                    const std::vector<BrokerEntry>& brokers);

/// Variables that are not ours though their names begin so: what our tests take, and what
/// Kubernetes gives to every pod beside a Service that is called kafka-ws.
[[nodiscard]] bool is_reserved(std::string_view variable);

}  // namespace gateway::config
