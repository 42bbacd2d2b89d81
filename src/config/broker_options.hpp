#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/broker_entry.hpp"
#include "config/config.hpp"
#include "config/setting.hpp"

namespace gateway::config {

/// What an entry of `brokers` asks for. It begins with what the group of its kind says, `kafka`,
/// `amqp` or `memory`, but for the properties of librdkafka, which stay with the Kafka that `kafka`
/// names. Throws Error for a key that does not exist or is not of this kind, for a value that is
/// not allowed, and for a broker without a place.
[[nodiscard]] BrokerOptions make_broker(const BrokerEntry& entry, const Config& base,
                                        const PropertyCheck& check);

/// All brokers that serve, the default one first: that of `kafka.bootstrap.servers`, then the
/// entries; the embedded one if there is none. Throws Error also for a name that two have.
[[nodiscard]] std::vector<BrokerOptions> make_brokers(const std::vector<BrokerEntry>& entries,
                                                      const Config& base,
                                                      const PropertyCheck& check);

/// What an entry's `kind` may be.
[[nodiscard]] const std::vector<std::string>& broker_kinds();

/// The keys that entries of a kind may have, but for the properties of librdkafka.
[[nodiscard]] std::vector<std::string> words_of(std::string_view kind);

}  // namespace gateway::config
