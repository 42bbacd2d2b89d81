#include "memory/broker.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "broker/contract.hpp"

namespace gateway::contract {

std::unique_ptr<Broker> make_broker(const Setup& setup) {
    return std::make_unique<memory::Broker>(
        memory::Options{.auto_create = false, .max_queue_bytes = setup.max_queue_bytes});
}

std::chrono::milliseconds patience() { return std::chrono::seconds(10); }

}  // namespace gateway::contract

namespace gateway::memory {

namespace {

TEST_CASE("settings that cannot work stop the start") {
    CHECK_THROWS_AS(Broker({.partitions = 0}).start(), std::runtime_error);
    CHECK_THROWS_AS(Broker({.partitions = 101}).start(), std::runtime_error);
    CHECK_THROWS_AS(Broker({.max_bytes = 1000}).start(), std::runtime_error);
}

TEST_CASE("a broker that does not run says so") {
    Broker broker({});
    CHECK_FALSE(broker.status().up);
    CHECK_FALSE(broker.status().reason.empty());
    broker.start();
    CHECK(broker.status().up);
    broker.stop(std::chrono::seconds(10));
    CHECK_FALSE(broker.status().up);
}

}  // namespace

}  // namespace gateway::memory
