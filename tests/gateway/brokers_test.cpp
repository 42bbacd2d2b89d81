#include "gateway/brokers.hpp"

#include <string>

#include <doctest/doctest.h>

#include "memory/broker.hpp"

using gateway::Brokers;
using gateway::Errc;

namespace {

Brokers one() {
    std::vector<std::unique_ptr<gateway::Broker>> brokers;
    brokers.push_back(std::make_unique<gateway::memory::Broker>(gateway::memory::Options{}));
    return Brokers(std::move(brokers));
}

TEST_CASE("a topic is the default broker's, or the named one's") {
    const Brokers brokers = one();
    CHECK(brokers.find("prices").value().topic == "prices");
    CHECK(brokers.find("memory:prices").value().topic == "prices");
    CHECK(brokers.find("memory:prices").value().broker == &brokers.standard());
    CHECK(brokers.find("other:prices").error().code == Errc::broker_not_found);
}

TEST_CASE("topics by which servers speak to each other are no client's") {
    Brokers brokers = one();
    CHECK_FALSE(brokers.own(brokers.standard()).has("own.state"));
    brokers.set_own(brokers.standard(), {"own."});
    CHECK(brokers.find("own.state").error().code == Errc::not_authorized);
    CHECK(brokers.find("memory:own.state").error().code == Errc::not_authorized);
    CHECK(brokers.find("owner"));
    const Brokers others = one();
    CHECK_FALSE(brokers.own(others.standard()).has("own.state"));
}

TEST_CASE("a name that Kafka would refuse is refused") {
    const Brokers brokers = one();
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string("a b"),
          std::string("a/b"), std::string("\xc3\xa9"), std::string(250, 'x')}) {
        CAPTURE(name);
        CHECK(brokers.find(name).error().code == Errc::invalid_topic);
    }
    CHECK(brokers.find(std::string(249, 'x')));
    CHECK(brokers.find("a.B_9-"));
}

}  // namespace
