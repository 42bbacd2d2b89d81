#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace gateway::cluster {

/// More of `services.*`: services over several nodes.
struct Options {
    std::string backend = "none";              ///< The broker between them; none: this node alone.
    std::string topics = "kafka-ws.services";  ///< What the names of topics and queues begin with.
    std::chrono::milliseconds heartbeat{2000};
    std::chrono::milliseconds tell_interval{20};  ///< Between two words of one node's workers.
    std::chrono::milliseconds expiry{600000};     ///< Of a queue that nobody consumes.
    std::size_t max_nodes = 100;                  ///< Others that are known.
    std::size_t max_services = 10000;             ///< Of all of those, each node's counted.
    std::size_t max_unsettled_bytes = 64 << 20;   ///< Without the broker's word.
    std::size_t max_questions = 10000;            ///< To others, of their jobs.
    std::size_t max_record_bytes = 1000000;       ///< Of what one node tells another at once.
    std::size_t max_told_workers = 1000;          ///< That others are told of one service,
    std::size_t max_told_bytes = 256 << 10;       ///< and what those say of themselves.
};

}  // namespace gateway::cluster
