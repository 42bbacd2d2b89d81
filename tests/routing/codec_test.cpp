#include "routing/codec.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::routing;

namespace {

std::string encoded(const Codec& codec, std::string_view message) {
    Outline outline;
    const Outline::Value* const value = outline.read(message);
    REQUIRE(value);
    std::string out = "left over";
    const auto result = codec.encode(message, *value, out);
    REQUIRE(result);
    return std::string(*result);
}

std::string decoded(const Codec& codec, std::string_view frame) {
    std::string json;
    const auto error = codec.decode(frame, json);
    if (error) FAIL(error->message);
    return json;
}

std::string refusal(const Codec& codec, std::string_view frame) {
    std::string json;
    const auto error = codec.decode(frame, json);
    REQUIRE(error);
    CHECK(error->code == Errc::malformed_message);
    return error->message;
}

using namespace std::string_view_literals;

TEST_CASE("codecs are found by their names") {
    for (const std::string_view name : {"json", "text", "msgpack", "base64"}) {
        REQUIRE(find_codec(name));
        CHECK(find_codec(name)->name == name);
    }
    CHECK_FALSE(find_codec("xml"));
}

TEST_CASE("json is the message itself") {
    const std::string_view message = R"({"a": [1, 2]})";
    CHECK(encoded(json_codec, message) == message);
    CHECK(decoded(json_codec, message) == message);
}

TEST_CASE("text is a message's text, and a message without one is its JSON") {
    CHECK(encoded(text_codec, R"({"text":"a\n\"b\"","x":1})") == "a\n\"b\"");
    CHECK(encoded(text_codec, R"({"text":7})") == R"({"text":7})");
    CHECK(encoded(text_codec, R"({"x":1})") == R"({"x":1})");
    CHECK(decoded(text_codec, "a\n\"b\"") == R"({"text":"a\n\"b\""})");
}

TEST_CASE("base64 is that of the JSON") {
    CHECK(encoded(base64_codec, R"({"a":1})") == "eyJhIjoxfQ==");
    CHECK(decoded(base64_codec, "eyJhIjoxfQ==") == R"({"a":1})");
    CHECK(refusal(base64_codec, "eyJhIjoxfQ").find("base64") != std::string::npos);
    CHECK(refusal(base64_codec, "/w==").find("UTF-8") != std::string::npos);
}

TEST_CASE("msgpack has the bytes of its specification") {
    CHECK(encoded(msgpack_codec, R"({"compact":true,"schema":0})") ==
          "\x82\xa7"
          "compact\xc3\xa6schema\x00"sv);
    CHECK(
        encoded(msgpack_codec, R"([null,false,-1,128,70000,-70000,18446744073709551615,1.5,""])") ==
        "\x99\xc0\xc2\xff\xcc\x80\xce\x00\x01\x11\x70\xd2\xff\xfe\xee\x90"
        "\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\xa0"sv);
}

TEST_CASE("what msgpack holds is the same JSON again") {
    for (const std::string_view message :
         {R"({"a":[],"b":{},"c":[[1],{"d":"\u0001\"é"}],"e":-9223372036854775808,"f":0.1})",
          R"({"list":[{"x":1},{"x":[2,3]}],"text":"","none":null,"yes":true,"no":false})"}) {
        CHECK(decoded(msgpack_codec, encoded(msgpack_codec, message)) == message);
    }
}

TEST_CASE("msgpack's binary is base64 in JSON, and its floats are numbers") {
    CHECK(decoded(msgpack_codec, "\x81\xa1x\xc4\x02\x00\xff"sv) == R"({"x":"AP8="})");
    CHECK(decoded(msgpack_codec, "\xca\x3f\xc0\x00\x00"sv) == "1.5");
}

TEST_CASE("what is no msgpack, or has no JSON, is refused with the reason") {
    CHECK(refusal(msgpack_codec, "").find("cut short") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\x82\xa1x\x01"sv).find("cut short") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\x80\x80"sv).find("more bytes") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\xc1"sv).find("cut short or none") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\x81\x01\x01"sv).find("key") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\x81\x90\x01"sv).find("key") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\xa1\xff"sv).find("UTF-8") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\xd4\x01\x01"sv).find("extensions") != std::string::npos);
    CHECK(refusal(msgpack_codec, "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"sv).find("finite") !=
          std::string::npos);
    CHECK(refusal(msgpack_codec, std::string(100000, '\x91')).find("64 levels") !=
          std::string::npos);
    CHECK(refusal(msgpack_codec, "\xdd\xff\xff\xff\xff"sv).find("cut short") != std::string::npos);
}

TEST_CASE("a number that msgpack cannot hold is refused") {
    Outline outline;
    std::string out;
    const std::string_view message = R"({"x":1e400})";
    const auto result = msgpack_codec.encode(message, *outline.read(message), out);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::invalid_payload);
}

}  // namespace
