#pragma once

#include "amqp/field.hpp"
#include "amqp/node.hpp"

namespace gateway::amqp::testing {

/// What most cases begin with, as their fixture: a broker with the node's usual options.
struct NodeField {
    Node node{};
    Field field{node.options()};
    contract::Stage& stage = field.stage();
};

}  // namespace gateway::amqp::testing
