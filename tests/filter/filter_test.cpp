#include "filter/filter.hpp"

#include <string>
#include <vector>

#include "record.hpp"

using gateway::Candidate;

namespace {

TEST_CASE("all conditions of a filter must hold") {
    const char* filter = R"({"a":1,"b.c":"x"})";
    CHECK(matches(filter, R"({"a":1,"b":{"c":"x"},"d":0})"));
    CHECK_FALSE(matches(filter, R"({"a":1,"b":{"c":"y"}})"));
    CHECK_FALSE(matches(filter, R"({"a":2,"b":{"c":"x"}})"));
    CHECK_FALSE(matches(filter, R"({"a":1})"));
}

TEST_CASE("a filter without conditions matches every record") {
    CHECK(matches("{}", R"({"a":1})"));
    CHECK(matches("{}", "not JSON"));
    CHECK(matches("{}", Candidate::Parts{}));
}

TEST_CASE("one alternative of any is enough") {
    const char* filter = R"({"any":[{"a":1},{"b":2,"c":3}]})";
    CHECK(matches(filter, R"({"a":1})"));
    CHECK(matches(filter, R"({"b":2,"c":3})"));
    CHECK_FALSE(matches(filter, R"({"b":2})"));
    CHECK_FALSE(matches(filter, R"({})"));
    CHECK(matches(R"({"any":[{"a":1},{}]})", "{}"));
}

TEST_CASE("not turns a filter around") {
    CHECK(matches(R"({"not":{"a":1}})", R"({"a":2})"));
    CHECK(matches(R"({"not":{"a":1}})", R"({"b":1})"));
    CHECK_FALSE(matches(R"({"not":{"a":1}})", R"({"a":1})"));
    CHECK(matches(R"({"not":{"a":1,"b":2}})", R"({"a":1,"b":3})"));
    CHECK_FALSE(matches(R"({"not":{}})", R"({"a":1})"));
    CHECK(matches(R"({"not":{"not":{"a":1}}})", R"({"a":1})"));
}

TEST_CASE("any and not stand beside conditions and inside each other") {
    const char* filter =
        R"({"type":"edit","any":[{"size":{"gt":100}},{"not":{"bot":true}}],"not":{"wiki":["a","b"]}})";
    CHECK(matches(filter, R"({"type":"edit","size":101,"bot":true,"wiki":"c"})"));
    CHECK(matches(filter, R"({"type":"edit","size":1,"bot":false,"wiki":"c"})"));
    CHECK_FALSE(matches(filter, R"({"type":"edit","size":1,"bot":true,"wiki":"c"})"));
    CHECK_FALSE(matches(filter, R"({"type":"edit","size":101,"wiki":"b"})"));
    CHECK_FALSE(matches(filter, R"({"type":"log","size":101,"wiki":"c"})"));
}

TEST_CASE("a payload that is not JSON to its end matches no condition on payloads") {
    const std::vector<std::string> filters{R"({"a":1})",
                                           R"({"a":{"exists":false}})",
                                           R"({"not":{"a":1}})",
                                           R"({"not":{"not":{"a":1}}})",
                                           R"({"not":{"any":[{"a":2},{"b":1}]}})",
                                           R"({"any":[{"a":1},{"not":{"a":1}}]})",
                                           R"({"a":{"ne":2}})",
                                           R"({"not":{"a":1,"b":2}})"};
    const std::vector<std::string> payloads{
        "",
        "not JSON",
        R"({"a":1)",
        R"({"a":1}x)",
        R"({"a":1,})",
        R"({"a":1,"b":01})",
        R"({"a":1,"b":"\q"})",
        "{\"a\":1,\"b\":\"\xff\"}",
        R"({"a":1,"b":)" + std::string(70, '[') + std::string(70, ']') + "}"};
    for (const auto& filter : filters) {
        for (const auto& payload : payloads) {
            CAPTURE(filter);
            CAPTURE(payload);
            CHECK_FALSE(matches(filter, payload));
        }
    }
}

TEST_CASE("where the payload is not JSON, what is asked of the record itself still decides") {
    const Candidate::Parts parts{.value = "\x01\x02", .key = "k"};
    CHECK(matches(R"({"$key":"k"})", parts));
    CHECK(matches(R"({"not":{"$key":"x"}})", parts));
    CHECK(matches(R"({"any":[{"$key":"k"},{"a":1}]})", parts));
    CHECK_FALSE(matches(R"({"any":[{"$key":"x"},{"a":1}]})", parts));
    CHECK_FALSE(matches(R"({"$key":"k","a":{"exists":false}})", parts));
    CHECK(matches(R"({"not":{"$key":"x","a":1}})", parts));
    CHECK_FALSE(matches(R"({"not":{"$key":"k","a":1}})", parts));
}

TEST_CASE("a tombstone has no payload to match") {
    CHECK_FALSE(matches(R"({"a":{"exists":false}})", {.key = "k"}));
    CHECK(matches(R"({"$key":"k"})", {.key = "k"}));
}

TEST_CASE("a candidate tells whether its payload is JSON") {
    Candidate candidate;
    CHECK_FALSE(candidate.is_json());
    candidate.set({.value = "{}"});
    CHECK(candidate.is_json());
    candidate.set({.value = "x"});
    CHECK_FALSE(candidate.is_json());
    candidate.set({});
    CHECK_FALSE(candidate.is_json());
}

TEST_CASE("a payload is found not to be JSON once a filter has looked at it") {
    const auto filter = compiled(R"({"$key":"k","a":1})");
    Candidate candidate;
    candidate.set({.value = "x", .key = "other"});
    CHECK_FALSE(filter->matches(candidate));
    CHECK_FALSE(candidate.was_found_not_json());
    candidate.set({.value = "x", .key = "k"});
    CHECK_FALSE(filter->matches(candidate));
    CHECK(candidate.was_found_not_json());
    candidate.set({.value = "{}", .key = "k"});
    CHECK_FALSE(candidate.was_found_not_json());
    CHECK_FALSE(filter->matches(candidate));
    CHECK_FALSE(candidate.was_found_not_json());
    candidate.set({.key = "k"});
    CHECK_FALSE(filter->matches(candidate));
    CHECK_FALSE(candidate.was_found_not_json());
}

TEST_CASE("a filter tells whether it looks at payloads") {
    CHECK(compiled(R"({"a":1})")->reads_payload());
    CHECK(compiled(R"({"$key":"k","not":{"any":[{"$partition":1},{"a":1}]}})")->reads_payload());
    CHECK_FALSE(compiled(R"({"$key":"k","not":{"$headers.x":"y"}})")->reads_payload());
    CHECK_FALSE(compiled("{}")->reads_payload());
}

TEST_CASE("a filter tells whether it looks at headers") {
    CHECK(compiled(R"({"$key":"k","not":{"$headers.x":"y"}})")->reads_headers());
    CHECK_FALSE(compiled(R"({"$key":"k","headers.x":"y"})")->reads_headers());
}

TEST_CASE("one candidate serves many filters and many records, in any order") {
    const auto first = compiled(R"({"a":1})");
    const auto second = compiled(R"({"b.c":"x"})");
    const auto key = compiled(R"({"$key":"k"})");
    Candidate candidate;
    for (int round = 0; round < 3; ++round) {
        candidate.set({.value = R"({"b":{"c":"\u0078"},"a":1})", .key = "k"});
        CHECK(first->matches(candidate));
        CHECK(key->matches(candidate));
        CHECK(second->matches(candidate));
        CHECK(first->matches(candidate));
        candidate.set({.value = "{"});
        CHECK_FALSE(second->matches(candidate));
        CHECK_FALSE(first->matches(candidate));
        candidate.set({.value = R"({"a":2,"b":{"c":"x"}})"});
        CHECK_FALSE(first->matches(candidate));
        CHECK(second->matches(candidate));
        CHECK_FALSE(key->matches(candidate));
    }
}

}  // namespace
