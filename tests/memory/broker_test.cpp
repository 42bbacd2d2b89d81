#include "memory/broker.hpp"

#include <doctest/doctest.h>

#include "broker/contract.hpp"

namespace gateway::contract {

std::unique_ptr<Broker> make_broker(const Setup& setup) {
    return std::make_unique<memory::Broker>(
        memory::Options{.auto_create = false, .max_queue_bytes = setup.max_queue_bytes});
}

std::chrono::milliseconds patience() { return std::chrono::seconds(10); }

}  // namespace gateway::contract
