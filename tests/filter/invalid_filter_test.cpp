#include <string>
#include <vector>

#include "record.hpp"

using gateway::Errc;
using gateway::Filter;

namespace {

/// Why a filter is refused, which it must be.
std::string refusal(std::string_view json, const Filter::Options& options = {}) {
    const auto filter = Filter::compile(json, options);
    INFO("filter: ", std::string(json));
    REQUIRE_FALSE(filter);
    CHECK(filter.error().code == Errc::invalid_filter);
    return filter.error().message;
}

TEST_CASE("a refusal says where in the filter, and why") {
    CHECK(refusal("1") == "filter must be an object");
    CHECK(refusal("{") == "filter is not well-formed JSON");
    CHECK(refusal(R"({"any":[{"a":1},{"b.c":{"gt":true}}]})") ==
          R"(filter["any"][1]["b.c"].gt must be a number or a string)");
    CHECK(refusal(R"({"not":{"a":[1,[2]]}})") ==
          R"(filter["not"]["a"][1] must be a string, a number, true, false or null)");
    CHECK(
        refusal(R"({"a":{"like":"x"}})") ==
        R"(filter["a"].like is no operator; there are eq, exists, gt, gte, lt, lte, ne and prefix)");
}

TEST_CASE("each part of a filter has its form") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"[]", "must be an object"},
        {"null", "must be an object"},
        {R"({"any":{}})", "must be an array of at least one filter"},
        {R"({"any":[]})", "must be an array of at least one filter"},
        {R"({"any":[1]})", "must be an object"},
        {R"({"not":[]})", "must be an object"},
        {R"({"not":null})", "must be an object"},
        {R"({"a":[]})", "must have at least one value"},
        {R"({"a":[{}]})", "must be a string, a number, true, false or null"},
        {R"({"a":{}})", "must have an operator"},
        {R"({"a":{"b":1}})", "is no operator"},
        {R"({"a":{"any":[]}})", "is no operator"},
        {R"({"a":{"eq":[1]}})", "must be a string, a number, true, false or null"},
        {R"({"a":{"ne":{}}})", "must be a string, a number, true, false or null"},
        {R"({"a":{"gt":null}})", "must be a number or a string"},
        {R"({"a":{"gte":[1]}})", "must be a number or a string"},
        {R"({"a":{"lt":false}})", "must be a number or a string"},
        {R"({"a":{"lte":{}}})", "must be a number or a string"},
        {R"({"a":{"prefix":1}})", "must be a string"},
        {R"({"a":{"exists":1}})", "must be true or false"},
        {R"({"a":{"exists":"true"}})", "must be true or false"},
        {R"({"a":1e400})", "beyond the range of a double"},
        {R"({"a":{"gt":-1e999}})", "beyond the range of a double"},
        {R"({"$offset":1})", "is not known"},
        {R"({"$headers":1})", "is not known"},
        {R"({"a\\":1})", "ends in a backslash"},
        {R"({"a":"/(/"})", "is not a regular expression of RE2: missing )"},
        {R"({"a":["x","/(?!x)/"]})", "is not a regular expression of RE2"},
        {R"({"a":"/((a{100}){100}){9}/"})", "regular expression"},
    };
    for (const auto& [filter, reason] : wrong) {
        CAPTURE(filter);
        const std::string message = refusal(filter);
        CAPTURE(message);
        CHECK(message.find(reason) != std::string::npos);
        CHECK(message.starts_with("filter"));
    }
}

TEST_CASE("what stands twice is refused, however it is spelled") {
    CHECK(refusal(R"({"a":1,"a":1})") == R"(filter["a"] stands twice)");
    CHECK(refusal(R"({"a":1,"\u0061":2})") == R"(filter["a"] stands twice)");
    CHECK(refusal(R"({"a":1,"\\a":2})") == R"(filter["\\a"] stands twice)");
    CHECK(refusal(R"({"not":{"a":1},"not":{"b":1}})") == R"(filter["not"] stands twice)");
    CHECK(refusal(R"({"a":{"gt":1,"gt":2}})") == R"(filter["a"].gt stands twice)");
}

TEST_CASE("a filter has a longest text") {
    const std::string filter = R"({"a":")" + std::string(100, 'x') + "\"}";
    CHECK(Filter::compile(filter, {.max_bytes = filter.size()}));
    CHECK(refusal(filter, {.max_bytes = filter.size() - 1}) ==
          "filter is longer than filter.max_bytes allows: 107");
}

TEST_CASE("a filter has a number of conditions that it may have") {
    const Filter::Options options{.max_conditions = 4};
    CHECK(Filter::compile(R"({"a":[1,2],"b":{"gt":1,"exists":true}})", options));
    CHECK(refusal(R"({"a":[1,2,3],"b":{"gt":1,"exists":true}})", options) ==
          R"(filter["b"].exists is a condition more than filter.max_conditions allows: 4)");
    CHECK(Filter::compile(R"({"any":[{"a":1},{"b":1}],"not":{"c":"/x/","d":null}})", options));
    refusal(R"({"any":[{"a":1},{"b":1}],"not":{"c":"/x/","d":null,"e":1}})", options);
}

TEST_CASE("a filter has a depth") {
    const Filter::Options options{.max_depth = 2};
    CHECK(Filter::compile(R"({"not":{"any":[{"a":1}]}})", options));
    CHECK(refusal(R"({"not":{"any":[{"not":{}}]}})", options) ==
          R"(filter["not"]["any"][0]["not"] is nested deeper than filter.max_depth allows: 2)");
    std::string deep = "{}";
    for (int i = 0; i < 60; ++i) deep = R"({"not":)" + deep + "}";
    CHECK(refusal(deep).ends_with("is nested deeper than filter.max_depth allows: 16"));
    for (int i = 0; i < 60; ++i) deep = R"({"not":)" + deep + "}";
    CHECK(refusal(deep) == "filter is not well-formed JSON");
}

TEST_CASE("a filter has a number of regular expressions, and each a size") {
    CHECK(Filter::compile(R"({"a":["/x/","/y/"]})", {.max_regexes = 2}));
    CHECK(refusal(R"({"a":["/x/","/y/"],"b":"/z/"})", {.max_regexes = 2}) ==
          R"(filter["b"] is a regular expression more than filter.max_regexes allows: 2)");
    CHECK(refusal(R"({"a":"/abcdefgh/"})", {.regex = {.max_program = 5}})
              .find("too large a regular expression") != std::string::npos);
    const std::size_t size = gateway::Regex::compile("/abcdefgh/", {}).value().program_size();
    CHECK(Filter::compile(R"({"a":"/abcdefgh/","b":"/ijklmnop/"})",
                          {.regex = {.max_program = 2 * size}}));
    const Filter::Options small{.regex = {.max_program = 2 * size - 1}};
    CHECK(refusal(R"({"a":"/abcdefgh/","b":["/ijklmnop/"]})", small)
              .starts_with(R"(filter["b"][0] is too large a regular expression)"));
    CHECK(refusal(R"({"a":"/[a-z]{100}/"})", {.regex = {.max_memory = 1000}})
              .ends_with("takes more memory than filter.max_regex_bytes allows: 1000"));
}

TEST_CASE("a message repeats no more of a filter than is needed to find the place") {
    const std::string filter = R"({")" + std::string(5000, 'x') + R"(":[],"b":1})";
    const std::string message = refusal(filter);
    CHECK(message.size() < 300);
    CHECK(message.find("x…] must have at least one value") != std::string::npos);
    CHECK(refusal(R"({"a":"/()" + std::string(5000, 'x') + "/\"}").size() < 300);
    std::string accents;
    for (int i = 0; i < 300; ++i) accents += "\xc3\xa9";
    CHECK(refusal(R"({")" + accents + R"(":[]})").find("\xc3\xa9…") != std::string::npos);
    CHECK(refusal(R"({"x)" + accents + R"(":[]})").find("\xc3\xa9…") != std::string::npos);
}

}  // namespace
