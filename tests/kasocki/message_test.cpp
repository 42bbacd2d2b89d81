#include "kasocki/message.hpp"

#include <optional>
#include <string>

#include <doctest/doctest.h>

using gateway::Record;
using gateway::kasocki::MessageWriter;

namespace {

constexpr auto place = R"({"topic":"t","partition":1,"offset":2,"timestamp":3,"key":"k"})";

std::optional<std::string> write(std::optional<std::string_view> value,
                                 std::optional<std::string_view> key = "k",
                                 std::string_view field = "meta") {
    MessageWriter writer(field);
    const auto message = writer.write(
        {.topic = "t", .partition = 1, .offset = 2, .timestamp = 3, .key = key, .value = value});
    return message ? std::optional(std::string(*message)) : std::nullopt;
}

TEST_CASE("a message is the value and where it comes from, in its field meta") {
    CHECK(write(R"({"a":1.50,"b":[{}]})") ==
          R"({"a":1.50,"b":[{}],"meta":)" + std::string(place) + "}");
    CHECK(write("{}") == R"({"meta":)" + std::string(place) + "}");
    CHECK(write(" {\"a\":1\n} \n") == " {\"a\":1\n,\"meta\":" + std::string(place) + "}");
}

TEST_CASE("what else meta holds is kept, in its place") {
    CHECK(write(R"({"meta":{"id":"x","offset":99,"dt":[1]},"a":{"meta":5}})") ==
          R"({"meta":{"id":"x","dt":[1],"topic":"t","partition":1,"offset":2,"timestamp":3,)"
          R"("key":"k"},"a":{"meta":5}})");
    CHECK(write(R"({"m\u0065ta":{}})") == R"({"m\u0065ta":)" + std::string(place) + "}");
    CHECK(write(R"({"meta":1,"meta":{}})") == R"({"meta":1,"meta":)" + std::string(place) + "}");
}

TEST_CASE("a record without a key has null, and a key that is not text comes as base64") {
    CHECK(write("{}", std::nullopt)->ends_with(R"("key":null}})"));
    CHECK(write("{}", "\"")->ends_with(R"("key":"\""}})"));
    CHECK(write("{}", "\xff")->ends_with(R"("key":"/w==","key_e":"base64"}})"));
}

TEST_CASE("what is not a JSON object, or has something else for meta, is no message") {
    for (const auto* value :
         {"", "x", "1", "null", "\"a\"", "[1]", "[{}]", "{\"a\":1", "{}}", "{\"a\":\"\xff\"}",
          R"({"meta":1})", R"({"meta":null})", R"({"meta":[]})", R"({"meta":{},"meta":1})"}) {
        CAPTURE(value);
        CHECK_FALSE(write(value));
    }
    CHECK_FALSE(write(std::nullopt));
}

TEST_CASE("the field may have another name") {
    CHECK(write(R"({"meta":1})", "k", "_kafka") ==
          R"({"meta":1,"_kafka":)" + std::string(place) + "}");
}

}  // namespace
