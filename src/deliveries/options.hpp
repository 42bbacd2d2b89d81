#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace gateway::deliveries {

/// `deliveries.*`: what services send to single clients.
struct Options {
    enum class Enabled : std::uint8_t { no, yes, automatic };

    /// Automatic: where there are routes, and an AMQP broker to consume from.
    Enabled enabled = Enabled::automatic;
    std::string broker = "auto";  ///< That word: the first AMQP broker, else the default one.
    std::string queue = "auto";   ///< That word: "athena." and `node.id`.
    std::chrono::milliseconds heartbeat{10000};
    std::chrono::milliseconds expiry{600000};   ///< Of a queue that nobody consumes.
    std::size_t max_message_bytes = 1 << 20;    ///< Of one message, headers included.
    std::size_t max_clients = 10000;            ///< That one message names.
    std::size_t max_nodes = 1000;               ///< Other servers that are known.
    std::size_t max_reports = 10000;            ///< Without the broker's word.
    std::size_t max_unsettled_bytes = 8 << 20;  ///< Without it, forwarded ones, and again reports.
};

/// Where nodes tell that they are there; the names are Athena's, or in its manner.
constexpr const char* instances_queue = "athena.instances";
constexpr const char* nodes_topic = "athena.nodes";

}  // namespace gateway::deliveries
