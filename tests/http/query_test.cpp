#include "http/query.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace gateway::http;

namespace {

TEST_CASE("a query is read into its parameters, decoded") {
    CHECK(parse_query("a=1&b=two+words&c=%c3%A4&d&e=b=c&%66=6") == Parameters{{"a", "1"},
                                                                              {"b", "two words"},
                                                                              {"c", "\xc3\xa4"},
                                                                              {"d", ""},
                                                                              {"e", "b=c"},
                                                                              {"f", "6"}});
    CHECK(parse_query("") == Parameters{});
    CHECK(parse_query("&a=1&&") == Parameters{{"a", "1"}});
}

TEST_CASE("a query with a broken escape is none, wherever it stands") {
    for (const auto* const query : {"a=%zz", "a=%4", "a=%", "a=%-1", "%4=a", "%zz", "b=1&a=5%"}) {
        CAPTURE(query);
        CHECK_FALSE(parse_query(query));
    }
}

TEST_CASE("a query that says a name twice is none") {
    CHECK_FALSE(parse_query("a=1&a=2"));
    CHECK_FALSE(parse_query("a=1&b=2&a=1"));
    CHECK_FALSE(parse_query("a&%61"));
}

TEST_CASE("a time has a unit, or is in seconds") {
    CHECK(parse_time("1500ms") == 1500ms);
    CHECK(parse_time("2s") == 2s);
    CHECK(parse_time("2") == 2s);
    CHECK(parse_time("0.5") == 500ms);
    CHECK(parse_time("3m") == 3min);
    CHECK(parse_time("1h") == 1h);
    CHECK(parse_time("0") == 0ms);
}

TEST_CASE("what is no time is refused") {
    for (const auto* const text : {"", "s", "-1", "1 s", "1d", "ms", "nan", "inf", "1e3",
                                   "9999999h", "99999999999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
}

TEST_CASE("preferences are found among others, in any case") {
    const auto both = parse_preferences("return=minimal, Respond-Async; x=1, WAIT = 10");
    CHECK(both.respond_async);
    CHECK(both.wait == 10s);

    const auto none = parse_preferences("respond-asynchronously, wait=soon");
    CHECK_FALSE(none.respond_async);
    CHECK_FALSE(none.wait);
    CHECK_FALSE(parse_preferences("").wait);
    // RFC 7240, section 2: the first counts.
    CHECK(parse_preferences("wait=1, wait=2").wait == 1s);
    CHECK_FALSE(parse_preferences("wait=soon, wait=2").wait);
}

TEST_CASE("JSON has more types than one") {
    CHECK(is_json_type("application/json"));
    CHECK(is_json_type("Application/JSON; charset=utf-8"));
    CHECK(is_json_type("application/problem+json"));
    CHECK_FALSE(is_json_type("text/plain"));
    CHECK_FALSE(is_json_type("application/x-www-form-urlencoded"));
    CHECK_FALSE(is_json_type(""));
}

}  // namespace
