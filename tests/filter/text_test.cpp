#include <string>
#include <utility>
#include <vector>

#include "record.hpp"

namespace {

std::string text(std::string_view json) { return compiled(json)->text(); }

TEST_CASE("filters that mean the same by their form have one text") {
    const std::vector<std::vector<std::string>> equal{
        {R"({"a":1,"b":"x"})", R"( { "b" : "x" , "a" : 1.0 } )", R"({"\u0061":10e-1,"b":"\u0078"})",
         R"({"\\a":1,"b":{"eq":"x"}})"},
        {R"({"a":[1,2,"x"]})", R"({"a":["x",2,1]})", R"({"a":[1,2,1,"x",2.0]})"},
        {R"({"a":1})", R"({"a":[1]})", R"({"a":{"eq":1}})", R"({"a":[1,1.0]})"},
        {R"({"a":{"gt":1,"lt":2}})", R"({"a":{"lt":2e0,"gt":1}})"},
        {R"({"any":[{"a":1},{"b":2}]})", R"({"any":[{"b":2},{"a":1},{"a":1.0}]})"},
        {R"({"a":"/x/im"})", R"({"a":"/x/mgi"})", R"({"a":["/x/ium"]})"},
        {R"({"not":{"a":1,"b":2}})", R"({"not":{"b":2,"a":1}})"},
        {R"({"a.b":1})", R"({"a.\\b":1})"},
        {R"({"a":"\n"})", R"({"a":"\u000A"})"},
    };
    for (const auto& row : equal) {
        for (const auto& filter : row) {
            CAPTURE(filter);
            CHECK(text(filter) == text(row.front()));
        }
    }
}

TEST_CASE("filters that differ have different texts") {
    const std::vector<std::string> different{R"({})",
                                             R"({"a":1})",
                                             R"({"a":"1"})",
                                             R"({"a":null})",
                                             R"({"a":"null"})",
                                             R"({"a":true})",
                                             R"({"a.b":1})",
                                             R"({"a\\.b":1})",
                                             R"({"a":{"ne":1}})",
                                             R"({"a":{"gt":1}})",
                                             R"({"a":{"gte":1}})",
                                             R"({"a":{"lt":1}})",
                                             R"({"a":{"lte":1}})",
                                             R"({"a":{"exists":true}})",
                                             R"({"a":{"exists":false}})",
                                             R"({"a":{"prefix":"1"}})",
                                             R"({"a":"/x/"})",
                                             R"({"a":"/x/i"})",
                                             R"({"a":{"eq":"/x/"}})",
                                             R"({"not":{"a":1}})",
                                             R"({"\\not":1})",
                                             R"({"\\not.a":1})",
                                             R"({"any":[{"a":1}]})",
                                             R"({"$key":"1"})",
                                             R"({"\\$key":"1"})",
                                             R"({"$headers.a":"1"})",
                                             R"({"a":[1,2]})",
                                             R"({"a":["1","2"]})",
                                             R"({"a":["1,2"]})",
                                             R"({"a":["\"1\",\"2\""]})",
                                             R"({"a":1.5})",
                                             R"({"a":9007199254740993})",
                                             R"({"a":9007199254740992})",
                                             R"({"A":1})"};
    for (std::size_t i = 0; i < different.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) CHECK(text(different[i]) != text(different[j]));
    }
}

TEST_CASE("a filter's text is a filter with the same text") {
    for (
        const char* filter :
        {R"({})", R"({"a":"/x\\/\"y/gi","b":{"eq":"/x/"}})",
         R"({"\\any":1,"\\$x":2,"a\\.b\\\\":"\u0001é"})",
         R"({"any":[{"a":[1.5,"x",null,true]},{"not":{}}],"not":{"$headers.any":"x","$key":{"exists":false}}})",
         R"({"a":{"gt":-1e-7,"lt":1e300,"ne":null,"exists":true}})",
         R"({"a":["x",18446744073709551615,0.5]})"}) {
        CAPTURE(filter);
        CHECK(text(text(filter)) == text(filter));
    }
}

TEST_CASE("a text is as short as JSON gets") {
    CHECK(text(R"( { "b" : [ 2 , 1.0 ] , "a" : { "lt" : 5 , "gt" : "x" } } )") ==
          R"({"a":{"gt":"x","lt":5},"b":[1,2]})");
    CHECK(text(R"({"not":{"x":false},"any":[{"$key":"k"}]})") ==
          R"({"any":[{"$key":"k"}],"not":{"x":false}})");
}

}  // namespace
