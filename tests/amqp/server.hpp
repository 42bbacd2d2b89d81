#pragma once

#include "amqp/options.hpp"

namespace gateway::amqp::testing {

/// How the RabbitMQ is reached whose address the environment gives as RABBITMQ_URL, in the form
/// amqp://USER:PASSWORD@HOST:PORT/. Throws std::runtime_error where it does not.
[[nodiscard]] Options reach_server();

}  // namespace gateway::amqp::testing
