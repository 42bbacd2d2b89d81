#include "wire/json_object.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using gateway::JsonObject;
using Members = std::vector<std::pair<std::string, std::string>>;

namespace {

Members members_of(JsonObject& object, std::string_view json) {
    const auto* members = object.read(json);
    REQUIRE(members);
    Members found;
    for (const auto& [name, value] : *members) found.emplace_back(name, value);
    return found;
}

TEST_CASE("an object is taken apart into the names and the texts of its members") {
    JsonObject object;
    CHECK(members_of(object, R"( {"a" : 1 , "b":{"c":[true,null]},"d":[] ,"e":"}" } )") ==
          Members{{"a", "1"}, {"b", R"({"c":[true,null]})"}, {"d", "[]"}, {"e", R"("}")"}});
    CHECK(members_of(object, "{}").empty());

    const std::string json = R"({"a":[1]})";
    CHECK(object.read(json)->front().value.data() == json.data() + json.find('['));
}

TEST_CASE("names are unescaped, and may stand twice") {
    JsonObject object;
    CHECK(members_of(object, R"({"\u006deta":1,"meta":2,"":3})") ==
          Members{{"meta", "1"}, {"meta", "2"}, {"", "3"}});
}

TEST_CASE("what is not one well-formed object is refused, whole") {
    JsonObject object;
    for (const auto* json : {"",
                             "{",
                             "}",
                             "[]",
                             "1",
                             "null",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"a":1,})",
                             R"({,"a":1})",
                             R"({"a":1}})",
                             R"({"a":1} 2)",
                             R"({"a":1}{"b":2})",
                             R"({"a":nul})",
                             R"({"a":01})",
                             R"({a:1})",
                             R"({"\x":1})",
                             R"({"\udc00":1})",
                             R"({"a":"\ud800"})",
                             "{\"\xff\":1}",
                             R"({"a":{"b"}})",
                             R"({"a":1])"}) {
        CAPTURE(json);
        CHECK_FALSE(object.read(json));
    }
}

TEST_CASE("an object that is nested too deeply is refused") {
    const auto nested = [](int levels) {
        std::string json = "1";
        for (int i = 0; i < levels; ++i) json = R"({"a":)" + json + "}";
        return json;
    };
    JsonObject object;
    CHECK(object.read(nested(60)));
    CHECK_FALSE(object.read(nested(80)));
}

TEST_CASE("an object is read after one that was refused, and after a longer one") {
    JsonObject object;
    CHECK_FALSE(object.read("{\"unended"));
    REQUIRE(object.read(R"({"a":)" + std::string(10'000, '1') + "}"));
    CHECK(members_of(object, R"({"b":2})") == Members{{"b", "2"}});
}

}  // namespace
