#include "kasocki/wanted.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::Errc;
using gateway::kasocki::Assignment;
using gateway::kasocki::parse_wanted;
using Names = std::vector<std::string>;
using Assignments = std::vector<Assignment>;

namespace {

TEST_CASE("a name, or an array of names") {
    CHECK(parse_wanted(R"("a")", 2)->topics == Names{"a"});
    CHECK(parse_wanted(R"(["b","\u0061","b"])", 2)->topics == Names{"b", "a", "b"});
    CHECK(parse_wanted(R"(["b","\u0061","b"])", 2)->all_topics() == Names{"a", "b"});
}

TEST_CASE("an array of assignments at offsets or times") {
    const auto wanted = parse_wanted(
        R"([{"topic":"b","partition":1,"offset":12,"more":[]},{"topic":"a","partition":0,"offset":-1},)"
        R"({"topic":"a","partition":1,"offset":-2},{"topic":"a","partition":2,"timestamp":1500},)"
        R"({"topic":"a","partition":3,"timestamp":"1970-01-01T00:00:02Z"}])",
        2);
    REQUIRE(wanted);
    CHECK(wanted->topics.empty());
    CHECK(wanted->all_topics() == Names{"a", "b"});
    CHECK(wanted->assignments == Assignments{{"b", 1, 12},
                                             {"a", 0, Assignment::latest},
                                             {"a", 1, Assignment::earliest},
                                             {"a", 2, Assignment::Since{1500}},
                                             {"a", 3, Assignment::Since{2000}}});
}

TEST_CASE("anything else is refused") {
    for (const auto* json :
         {"",
          "null",
          "1",
          "{}",
          "[]",
          "[1]",
          "[[]]",
          R"(["a",{"topic":"a","partition":0,"offset":1}])",
          R"([{"topic":"a","partition":0}])",
          R"([{"topic":"a","offset":1}])",
          R"([{"partition":0,"offset":1}])",
          R"([{"topic":1,"partition":0,"offset":1}])",
          R"([{"topic":"a","partition":-1,"offset":1}])",
          R"([{"topic":"a","partition":0.5,"offset":1}])",
          R"([{"topic":"a","partition":0,"offset":-3}])",
          R"([{"topic":"a","partition":0,"offset":"1"}])",
          R"([{"topic":"a","partition":0,"offset":99999999999999999999}])",
          R"([{"topic":"a","partition":0,"offset":1,"timestamp":1}])",
          R"([{"topic":"a","partition":0,"timestamp":"yesterday"}])",
          R"([{"topic":"a","partition":0,"offset":1},{"topic":"a","partition":0,"offset":1}])"}) {
        CAPTURE(json);
        CHECK_FALSE(parse_wanted(json, 10));
    }
}

TEST_CASE("topics, assignments and times have their limits") {
    CHECK(parse_wanted(R"(["a","b","a"])", 2));
    CHECK(parse_wanted(R"(["a","b","c"])", 2).error().code == Errc::limit_reached);

    const auto many = [](int count, const std::string& member) {
        std::string json;
        for (int i = 0; i < count; ++i) {
            json += (json.empty() ? "[" : ",") + std::string(R"({"topic":"a","partition":)") +
                    std::to_string(i) + "," + member +
                    (member.ends_with(':') ? std::to_string(i) : "") + "}";
        }
        return json + "]";
    };
    CHECK(parse_wanted(many(1000, R"("offset":5)"), 2));
    CHECK(parse_wanted(many(1001, R"("offset":5)"), 2).error().code == Errc::limit_reached);
    CHECK(parse_wanted(many(100, R"("timestamp":5)"), 2));
    CHECK(parse_wanted(many(16, R"("timestamp":)"), 2));
    CHECK(parse_wanted(many(17, R"("timestamp":)"), 2).error().code == Errc::limit_reached);
}

}  // namespace
