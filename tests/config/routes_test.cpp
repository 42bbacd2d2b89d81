#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/start.hpp"

using namespace gateway;
using namespace gateway::config;
using routing::RouteOptions;
using Target = RouteOptions::Target;

namespace {

std::vector<RouteOptions> routes_of(std::string_view file) {
    return config_of(file).routing.routes;
}

TEST_CASE("a dispatcher is Athena's list of routes, in YAML or JSON") {
    for (const std::string_view file :
         {"dispatcher:\n  - field: type\n    value: order\n    route: {broker: b, queue: q}\n",
          "{\"dispatcher\": [{\"field\": \"type\", \"value\": \"order\",\n"
          " \"route\": {\"broker\": \"b\", \"queue\": \"q\"}}]}"}) {
        const auto routes = routes_of(file);
        REQUIRE(routes.size() == 1);
        CHECK(routes[0].field == "type");
        CHECK(routes[0].value == "\"order\"");
        CHECK(routes[0].broker == "b");
        CHECK(routes[0].target == Target::queue);
        CHECK(routes[0].name == "q");
        CHECK(routes[0].encoder == "json");
    }
}

TEST_CASE("a route has all that it may say beside its condition") {
    const auto routes = routes_of(
        "routes:\n"
        "  - {filter: {type: edit, 'n': {gt: 1}}, exchange: e, routing_key: '{a}.x', broker: r}\n"
        "  - {topic: t, encoder: msgpack, default: true}\n");
    REQUIRE(routes.size() == 2);
    CHECK(routes[0].filter == R"({"type":"edit","n":{"gt":1}})");
    CHECK(routes[0].target == Target::exchange);
    CHECK(routes[0].name == "e");
    CHECK(routes[0].routing_key == "{a}.x");
    CHECK(routes[0].broker == "r");
    CHECK(routes[1].target == Target::topic);
    CHECK(routes[1].encoder == "msgpack");
    CHECK(routes[1].is_default);
}

TEST_CASE("the exchange may have an empty name, and is a target all the same") {
    const auto routes = routes_of("routes: [{exchange: '', routing_key: q}]");
    REQUIRE(routes.size() == 1);
    CHECK(routes[0].target == Target::exchange);
    CHECK(routes[0].name.empty());
    CHECK(error_of("routes: [{exchange: '', topic: t}]") ==
          "FILE:1: routes[0].topic: is a second target; a route has one");
    CHECK(error_of("routes: [{exchange: }]") ==
          "FILE:1: routes[0].exchange: must be text of at least one character");
}

TEST_CASE("values are what JSON would make of them, and words in quotes are strings") {
    const auto value = [](const std::string& text) {
        return routes_of("routes: [{field: a, queue: q, value: " + text + "}]")[0].value;
    };
    CHECK(value("word") == "\"word\"");
    CHECK(value("7") == "7");
    CHECK(value("-1.5e3") == "-1.5e3");
    CHECK(value("true") == "true");
    CHECK(value("null") == "null");
    CHECK(value("'7'") == "\"7\"");
    CHECK(value("\"true\"") == "\"true\"");
    CHECK(value("007") == "\"007\"");
    CHECK(value("\"a\\\"\\\\\\n\"") == R"("a\"\\\u000a")");
    CHECK(value("[1, {b: [c]}]") == R"([1,{"b":["c"]}])");
}

TEST_CASE("routes and dispatcher are one list, in the order of the file") {
    const auto routes = routes_of("routes: [{queue: a}]\ndispatcher: [{queue: b}]\n");
    REQUIRE(routes.size() == 2);
    CHECK(routes[0].where.ends_with(":1: routes[0]"));
    CHECK(routes[1].where.ends_with(":2: dispatcher[0]"));
    CHECK(routes_of("routes:\n").empty());
}

TEST_CASE("what is no route stops the start, with its place in the file") {
    CHECK(error_of("routes: {queue: q}") == "FILE:1: routes: must be a list");
    CHECK(error_of("routes:\n  - 7") == "FILE:2: routes[0]: must be a map");
    CHECK(error_of("routes:\n  - {field: a, value: 1}") ==
          "FILE:2: routes[0]: lacks a target: a queue, a topic or an exchange");
    CHECK(error_of("routes: [{queue: q, topic: t}]") ==
          "FILE:1: routes[0].topic: is a second target; a route has one");
    CHECK(error_of("routes: [{queue: q, field: a}]") ==
          "FILE:1: routes[0]: has a field and no value");
    CHECK(error_of("routes: [{queue: q, value: a}]") ==
          "FILE:1: routes[0]: has a value and no field");
    CHECK(error_of("routes: [{queu: q}]") ==
          "FILE:1: routes[0].queu: there is no such key of a route; did you mean queue?");
    CHECK(error_of("routes: [{route: {queue: q, field: x}}]") ==
          "FILE:1: routes[0].route.field: there is no such key of a route; --help lists them all");
    CHECK(error_of("routes: [{queue: ''}]") ==
          "FILE:1: routes[0].queue: must be text of at least one character");
    CHECK(error_of("routes: [{queue: q, default: maybe}]") ==
          "FILE:1: routes[0].default: \"maybe\" is not true or false");
    CHECK(error_of("routes: [{queue: q, queue: r}]") ==
          "FILE:1: routes[0].queue: is there twice, first in line 1");
    CHECK(error_of("routes: [{queue: q, filter: &f {not: *f}}]").find("nested too deeply") !=
          std::string::npos);
}

TEST_CASE("decoders are paths and their names") {
    using Decoders = std::map<std::string, std::string>;
    const Decoders two{{"/64", "base64"}, {"/packed", "msgpack"}};
    CHECK(config_of("websocket: {decoders: [/packed=msgpack, /64=base64]}").routing.decoders ==
          two);
    CHECK(Start{.flags = {"--websocket.decoders=/64=base64,/packed=msgpack"},
                .environment = {},
                .check = {}}
              .config()
              .routing.decoders == two);
    CHECK(Start{}.config().routing.decoders.empty());
    for (const char* bad : {"packed=msgpack", "/packed", "/x=json,/x=text", "/x="}) {
        CHECK(error_of_flags({"--websocket.decoders", bad}).find("paths with their decoders") !=
              std::string::npos);
    }
}

TEST_CASE("printed routes load as the same") {
    const TemporaryFile file(
        "routes:\n"
        "  - {field: 'a b', value: '\"', exchange: e, routing_key: '{x}', broker: b}\n"
        "  - {filter: {any: [{a: 1}, {b: '/x/i'}]}, topic: t, encoder: text}\n"
        "  - {exchange: '', routing_key: q}\n"
        "  - {default: true, queue: q}\n");
    const auto printed = [](const std::string& path) {
        return Start{.flags = {"-c", path, "--print-config"}, .environment = {}, .check = {}}
            .printed();
    };
    const TemporaryFile again(printed(file.path()));
    CHECK(printed(again.path()) == printed(file.path()));
    CHECK(printed(file.path()).find("  - exchange: \"e\"\n") != std::string::npos);
}

TEST_CASE("the whole is checked whatever is asked for") {
    const Checks checks{.property = {}, .whole = [](const Config& config) {
                            if (config.websocket.port == 7) throw std::runtime_error("seven");
                        }};
    const char* const environment[] = {nullptr};
    for (const char* flag : {"--check-config", "--print-config"}) {
        const char* const argv[] = {"kafka-ws", flag, "--websocket.port=7"};
        CHECK_THROWS_WITH(static_cast<void>(parse(3, argv, environment, checks)), "seven");
    }
}

}  // namespace
