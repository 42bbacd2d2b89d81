#include "gateway/accumulator.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::Accumulator;
using gateway::Destination;
using gateway::Header;
using gateway::OutgoingRecord;

namespace {

TEST_CASE("records are copied whole, so that what they pointed to may end") {
    Accumulator accumulator;
    {
        const std::string topic = "a topic of some length";
        const std::string key = "a key of some length, too";
        const std::string value(1000, 'v');
        const std::string name = "a header's name";
        const std::string routing_key = "a routing key of some length";
        const std::vector<Header> headers{{name, value}, {name, std::nullopt}};
        const OutgoingRecord record{.topic = topic,
                                    .key = key,
                                    .value = value,
                                    .headers = headers,
                                    .partition = 3,
                                    .timestamp = 5,
                                    .token = 7,
                                    .destination = Destination::exchange,
                                    .routing_key = routing_key};
        accumulator.add({&record, 1});
    }
    REQUIRE(accumulator.waiting().size() == 1);
    const OutgoingRecord& copy = accumulator.waiting()[0];
    CHECK(copy.topic == "a topic of some length");
    CHECK(copy.key == "a key of some length, too");
    CHECK(copy.value == std::string(1000, 'v'));
    REQUIRE(copy.headers.size() == 2);
    CHECK(copy.headers[0].name == "a header's name");
    CHECK(copy.headers[0].value == std::string(1000, 'v'));
    CHECK_FALSE(copy.headers[1].value);
    CHECK(copy.partition == 3);
    CHECK(copy.destination == Destination::exchange);
    CHECK(copy.routing_key == "a routing key of some length");
    CHECK(copy.timestamp == 5);
    CHECK(copy.token == 7);
}

TEST_CASE("an empty key or value stays apart from an absent one") {
    Accumulator accumulator;
    const OutgoingRecord records[] = {{.topic = "t", .key = "", .value = ""}, {.topic = "t"}};
    accumulator.add(records);
    CHECK(accumulator.waiting()[0].key == "");
    CHECK(accumulator.waiting()[0].value == "");
    CHECK_FALSE(accumulator.waiting()[1].key);
    CHECK_FALSE(accumulator.waiting()[1].value);
}

TEST_CASE("records leave in the order they came, and the memory with the last of them") {
    Accumulator accumulator;
    for (std::uint32_t token = 0; token < 3; ++token) {
        const OutgoingRecord record{.topic = "t", .value = "v", .token = token};
        accumulator.add({&record, 1});
    }
    accumulator.take(2);
    REQUIRE(accumulator.waiting().size() == 1);
    CHECK(accumulator.waiting()[0].token == 2);
    CHECK(accumulator.bytes() > 0);

    accumulator.take(1);
    CHECK(accumulator.is_empty());
    CHECK(accumulator.bytes() == 0);
}

}  // namespace
