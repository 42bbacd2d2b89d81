#include "kafka/broker.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "broker/contract.hpp"

/// The contract on a real Kafka, whose address the environment gives.
namespace gateway::contract {

std::unique_ptr<Broker> make_broker(const Setup& setup) {
    const char* servers = std::getenv("KAFKA_BOOTSTRAP");
    if (servers == nullptr) throw std::runtime_error("KAFKA_BOOTSTRAP=HOST:PORT is not set");

    kafka::Options options;
    options.common["bootstrap.servers"] = servers;
    options.producer["queue.buffering.max.kbytes"] = std::to_string(setup.max_queue_bytes / 1024);
    if (const char* strategy = std::getenv("KAFKA_ASSIGNMENT_STRATEGY")) {
        options.consumer["partition.assignment.strategy"] = strategy;
    }
    return std::make_unique<kafka::Broker>(std::move(options));
}

// A record that comes so long after the last rolls the segment; older segments are compacted.
std::map<std::string, std::string> eager_compaction() {
    return {{"cleanup.policy", "compact"},
            {"min.cleanable.dirty.ratio", "0.01"},
            {"segment.ms", "100"}};
}

std::chrono::milliseconds patience() { return std::chrono::seconds(30); }

}  // namespace gateway::contract
