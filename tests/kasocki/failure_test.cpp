#include "kasocki/failure.hpp"

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::kasocki;

namespace {

TEST_CASE("an error has Kasocki's name for it, our code, and a message") {
    CHECK(to_json({Kind::not_subscribed, Error(Errc::not_subscribed, "say \"x\"")}, "start") ==
          R"({"name":"NotSubscribedError","message":"say \"x\"","origin":"Kasocki",)"
          R"("code":"not_subscribed","socketEvent":"start"})");
    CHECK(to_json({Kind::kasocki, Error(Errc::internal, "m"), R"("topic":"a")"}) ==
          R"({"name":"KasockiError","message":"m","origin":"Kasocki","code":"internal",)"
          R"("topic":"a"})");
}

TEST_CASE("every kind has the name of Kasocki's class") {
    const auto name = [](Kind kind) {
        const std::string json = to_json({kind, Errc::internal});
        return json.substr(9, json.find('"', 9) - 9);
    };
    CHECK(name(Kind::invalid_topic) == "InvalidTopicError");
    CHECK(name(Kind::topic_not_available) == "TopicNotAvailableError");
    CHECK(name(Kind::already_subscribed) == "AlreadySubscribedError");
    CHECK(name(Kind::already_started) == "AlreadyStartedError");
    CHECK(name(Kind::already_closing) == "AlreadyClosingError");
    CHECK(name(Kind::invalid_filter) == "InvalidFilterError");
    CHECK(name(Kind::invalid_message) == "InvalidMessageError");
}

TEST_CASE("a long detail is left out") {
    CHECK(detail("topics", "[1]") == R"("topics":[1])");
    CHECK(detail("topics", std::string(2000, '1')).empty());
}

}  // namespace
