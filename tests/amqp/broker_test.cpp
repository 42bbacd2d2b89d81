#include "amqp/broker.hpp"

#include "amqp/server.hpp"
#include "broker/contract.hpp"

/// The contract on a real RabbitMQ.
namespace gateway::contract {

std::unique_ptr<Broker> make_broker(const Setup& setup) {
    amqp::Options options = amqp::testing::reach_server();
    options.max_unconfirmed_bytes = setup.max_queue_bytes;
    // Members of the contract need not commit.
    options.prefetch = 50'000;
    return std::make_unique<amqp::Broker>(std::move(options));
}

std::map<std::string, std::string> eager_compaction() { return {}; }

std::chrono::milliseconds patience() { return std::chrono::seconds(30); }

}  // namespace gateway::contract
