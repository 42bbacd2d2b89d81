#include "routing/route.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "routing/table.hpp"

using namespace gateway;
using namespace gateway::routing;
using Target = RouteOptions::Target;

namespace {

const std::array brokers{BrokerTraits{.name = "main"},
                         BrokerTraits{.name = "rabbit", .has_exchanges = true}};

RouteOptions with_field(std::string field, std::string value) {
    return {.where = "x.yaml:1: routes[0]",
            .field = std::move(field),
            .value = std::move(value),
            .name = "q"};
}

bool takes(const RouteOptions& options, std::string_view message) {
    const Route route(options, brokers);
    Candidate candidate;
    const std::array headers{Header{"client-id", "n.p.1"}};
    candidate.set({.value = message, .headers = headers});
    REQUIRE(candidate.payload());
    return route.takes({*candidate.payload(), "n.p.1", "n"}, candidate);
}

std::string refusal(const RouteOptions& options) {
    try {
        const Route route(options, brokers);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

TEST_CASE("a member must equal a value exactly") {
    CHECK(takes(with_field("type", "\"order\""), R"({"type":"order","x":1})"));
    CHECK_FALSE(takes(with_field("type", "\"order\""), R"({"type":"orders"})"));
    CHECK_FALSE(takes(with_field("type", "\"order\""), R"({"type":["order"]})"));
    CHECK_FALSE(takes(with_field("type", "\"order\""), R"({"x":"order"})"));
    CHECK(takes(with_field("n", "1"), R"({"n":1.0})"));
    CHECK_FALSE(takes(with_field("n", "1"), R"({"n":"1"})"));
    CHECK_FALSE(takes(with_field("n", "1"), R"({"n":true})"));
    CHECK(takes(with_field("n", "true"), R"({"n":true})"));
    CHECK(takes(with_field("n", "null"), R"({"n":null})"));
    CHECK_FALSE(takes(with_field("n", "null"), R"({})"));
}

TEST_CASE("a member's name is its whole name, dots and all") {
    CHECK(takes(with_field("a.b", "1"), R"({"a.b":1})"));
    CHECK_FALSE(takes(with_field("a.b", "1"), R"({"a":{"b":1}})"));
    CHECK(takes(with_field("any", "1"), R"({"any":1})"));
}

TEST_CASE("who sent it is asked as a member is") {
    CHECK(takes(with_field("$node", "\"n\""), R"({"$node":"forged"})"));
    CHECK(takes(with_field("$client", "\"n.p.1\""), "{}"));
    CHECK_FALSE(takes(with_field("$node", "\"m\""), R"({"$node":"m"})"));
    CHECK_FALSE(takes(with_field("$user", "\"ada\""), R"({"$user":"ada"})"));
    CHECK_FALSE(takes(with_field("$user", "null"), "{}"));
}

TEST_CASE("a filter is one of a subscription, of the record that would be made") {
    const RouteOptions options{.filter = R"({"user.name":"/^bot-/","$headers.client-id":"n.p.1"})",
                               .name = "q"};
    CHECK(takes(options, R"({"user":{"name":"bot-7"}})"));
    CHECK_FALSE(takes(options, R"({"user":{"name":"Ada"}})"));
}

TEST_CASE("field and filter must both hold, and neither takes everything") {
    RouteOptions both = with_field("a", "1");
    both.filter = R"({"b":{"gt":1}})";
    CHECK(takes(both, R"({"a":1,"b":2})"));
    CHECK_FALSE(takes(both, R"({"a":1,"b":1})"));
    CHECK_FALSE(takes(both, R"({"a":2,"b":2})"));
    CHECK(takes({.name = "q"}, "{}"));
    CHECK_FALSE(takes({.is_default = true, .name = "q"}, "{}"));
}

TEST_CASE("a route has its target at its broker, the default one where it names none") {
    const Route queue({.name = "q"}, brokers);
    CHECK(queue.broker() == 0);
    CHECK(queue.destination() == Destination::queue);
    const Route exchange(
        {.broker = "rabbit", .target = Target::exchange, .name = "e", .routing_key = "{a}.x"},
        brokers);
    CHECK(exchange.broker() == 1);
    CHECK(exchange.destination() == Destination::exchange);

    Outline outline;
    std::string name;
    std::string key;
    CHECK(exchange.address({*outline.read(R"({"a":"b.c"})"), "", ""}, name, key));
    CHECK(name == "e");
    CHECK(key == "b_2Ec.x");
    CHECK_FALSE(exchange.address({*outline.read("{}"), "", ""}, name, key));
}

TEST_CASE("the exchange without a name is one of AMQP's, and its routing key names a queue") {
    const auto refused = [](std::string broker, std::string routing_key) {
        return refusal({.where = "x",
                        .broker = std::move(broker),
                        .target = Target::exchange,
                        .routing_key = std::move(routing_key)});
    };
    CHECK(refused("rabbit", "q").empty());
    CHECK(refused("rabbit", "user.{id}").empty());
    CHECK(refused("rabbit", "{id}").starts_with("x.routing_key: \"{id}\" begins with a field"));
    CHECK(refused("rabbit", "") == "x.routing_key: \"\" is not a name of 1 to 255 bytes");
    CHECK(refused("main", "q") == "x.exchange: the broker main has no exchanges");
}

TEST_CASE("a routing key that is longer than AMQP carries is not allowed") {
    const Route route(
        {.broker = "rabbit", .target = Target::exchange, .name = "e", .routing_key = "k.{a}"},
        brokers);
    CHECK(route.is_allowed("e", std::string(255, 'k')));
    CHECK_FALSE(route.is_allowed("e", std::string(256, 'k')));
}

TEST_CASE("what cannot be a route stops the start, with its place") {
    const std::string where = "x.yaml:1: routes[0]";
    RouteOptions good{.where = where, .name = "q"};
    const auto with = [&](auto change) {
        RouteOptions options = good;
        change(options);
        return refusal(options);
    };
    CHECK(refusal(good).empty());
    CHECK(with([](auto& o) { o.broker = "none"; }) ==
          where + ".broker: no broker is named \"none\"; there are main, rabbit");
    CHECK(with([](auto& o) { o.encoder = "xml"; }) ==
          where + ".encoder: \"xml\" is not one of json, text, msgpack, base64");
    CHECK(with([](auto& o) {
              o.filter = R"({"a":{"like":1}})";
          }).starts_with(where + ".filter: filter[\"a\"].like is no operator"));
    CHECK(with([](auto& o) {
              o.field = "a";
              o.value = "[1]";
          }) == where + ".value: must be a string, a number, true, false or null");
    CHECK(with([](auto& o) { o.target = Target::exchange; }) ==
          where + ".exchange: the broker main has no exchanges");
    CHECK(with([](auto& o) { o.routing_key = "x"; }) == where + ".routing_key: is for an exchange");
    CHECK(with([](auto& o) { o.name = "user.{id"; }) ==
          where + ".queue: \"user.{id\" has a brace that has no other");
    CHECK(with([](auto& o) {
              o.name = "{id}";
          }).starts_with(where + ".queue: \"{id}\" begins with a field"));
    CHECK(with([](auto& o) {
              o.name = "no good";
          }).starts_with(where + ".queue: \"no good\" names no topic"));
    CHECK(with([](auto& o) {
              o.name = "no good";
              o.broker = "rabbit";
          }).empty());
    CHECK(with([](auto& o) {
              o.name = std::string(256, 'q');
              o.broker = "rabbit";
          }).find("1 to 255 bytes") != std::string::npos);
    CHECK(with([](auto& o) {
              o.is_default = true;
              o.filter = "{}";
          }) == where + ".default: takes what no other route does, and so asks for nothing");
}

TEST_CASE("a decoder that there is none of stops the start") {
    CHECK_THROWS_WITH(
        Table({.decoders = {{"/x", "xml"}}}, brokers),
        "websocket.decoders: \"xml\" of /x is no decoder; there are json, text, msgpack, base64");
}

}  // namespace
