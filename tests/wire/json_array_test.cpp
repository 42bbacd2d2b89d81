#include "wire/json_array.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::JsonArray;
using gateway::string_of;
using Elements = std::vector<std::string_view>;

namespace {

TEST_CASE("an array is taken apart into the texts of its elements") {
    JsonArray array;
    const std::string json = R"( ["a", 1 ,{"b":[true,null]},[],"\"]" , -1.5e3 ] )";
    const Elements* elements = array.read(json);
    REQUIRE(elements);
    CHECK(*elements == Elements{R"("a")", "1", R"({"b":[true,null]})", "[]", R"("\"]")", "-1.5e3"});
    CHECK((*elements)[2].data() == json.data() + json.find('{'));

    REQUIRE(array.read("[]"));
    CHECK(array.read("[]")->empty());
}

TEST_CASE("what is not one well-formed array is refused, whole") {
    JsonArray array;
    for (const auto* json :
         {"", "[", "]", "{}", "1", "\"a\"", "[1", "[1,]", "[,1]", "[1]]", "[1] 2", "[1][2]",
          "[nul]", "[01]", "[{\"a\"}]", "[\"\\x\"]", "[\"a]", "[\"\\ud800\"]", "[1}"}) {
        CAPTURE(json);
        CHECK_FALSE(array.read(json));
    }
}

TEST_CASE("an array that is nested too deeply is refused") {
    JsonArray array;
    CHECK(array.read(std::string(60, '[') + std::string(60, ']')));
    CHECK_FALSE(array.read(std::string(80, '[') + std::string(80, ']')));
}

TEST_CASE("an array is read after one that was refused, and after a longer one") {
    JsonArray array;
    CHECK_FALSE(array.read("[\"unended"));
    REQUIRE(array.read("[" + std::string(10'000, '1') + "]"));
    REQUIRE(array.read("[2]"));
    CHECK(*array.read("[2]") == Elements{"2"});
}

TEST_CASE("a string is what its element means") {
    CHECK(string_of(R"("plain")") == "plain");
    CHECK(string_of(R"("")") == "");
    CHECK(string_of(R"("a\n\u00e9\"")") == "a\n\u00e9\"");
    CHECK_FALSE(string_of("1"));
    CHECK_FALSE(string_of("null"));
    CHECK_FALSE(string_of(R"({"a":"b"})"));
}

}  // namespace
