#include <array>
#include <optional>
#include <string>

#include "record.hpp"

using Parts = gateway::Candidate::Parts;
using gateway::Header;

namespace {

TEST_CASE("a value is equal to one of its kind only") {
    CHECK(matches(R"({"a":1})", R"({"a":1})"));
    CHECK(matches(R"({"a":1})", R"({"a":1.0})"));
    CHECK_FALSE(matches(R"({"a":1})", R"({"a":"1"})"));
    CHECK_FALSE(matches(R"({"a":1})", R"({"a":true})"));
    CHECK(matches(R"({"a":"x"})", R"({"a":"x"})"));
    CHECK(matches(R"({"a":"é\n"})", R"({"a":"\u00e9\u000a"})"));
    CHECK_FALSE(matches(R"({"a":"x"})", R"({"a":"X"})"));
    CHECK(matches(R"({"a":true})", R"({"a":true})"));
    CHECK_FALSE(matches(R"({"a":true})", R"({"a":false})"));
    CHECK(matches(R"({"a":null})", R"({"a":null})"));
    CHECK_FALSE(matches(R"({"a":null})", R"({"b":1})"));
    CHECK_FALSE(matches(R"({"a":0})", R"({"a":null})"));
}

TEST_CASE("whole numbers of 64 bits are told apart") {
    CHECK_FALSE(matches(R"({"a":9007199254740993})", R"({"a":9007199254740992})"));
    CHECK(matches(R"({"a":18446744073709551615})", R"({"a":18446744073709551615})"));
    CHECK(matches(R"({"a":{"gt":9223372036854775807}})", R"({"a":9223372036854775808})"));
    CHECK(matches(R"({"a":{"lt":0.5}})", R"({"a":-9223372036854775808})"));
    CHECK(matches(R"({"a":{"gt":1e308}})", R"({"a":1e999})"));
    CHECK_FALSE(matches(R"({"a":{"gt":1e308}})", R"({"a":-1e999})"));
}

TEST_CASE("an array contains what one of its elements is") {
    CHECK(matches(R"({"a":"x"})", R"({"a":["y","x"]})"));
    CHECK_FALSE(matches(R"({"a":"x"})", R"({"a":["y"]})"));
    CHECK_FALSE(matches(R"({"a":"x"})", R"({"a":[]})"));
    CHECK_FALSE(matches(R"({"a":"x"})", R"({"a":[["x"],{"x":"x"}]})"));
    CHECK(matches(R"({"a":null})", R"({"a":[1,null]})"));
    CHECK(matches(R"({"a":"/^x/"})", R"({"a":[1,"xyz"]})"));
    CHECK(matches(R"({"a":[1,2]})", R"({"a":[7,2]})"));
    CHECK(matches(R"({"a":{"gt":5}})", R"({"a":[1,6]})"));
    CHECK(matches(R"({"a":{"prefix":"x"}})", R"({"a":["y","xyz"]})"));
}

TEST_CASE("operators on an array ask for one element that meets them all") {
    CHECK(matches(R"({"a":{"gt":1,"lt":5}})", R"({"a":[0,3,9]})"));
    CHECK_FALSE(matches(R"({"a":{"gt":1,"lt":5}})", R"({"a":[0,9]})"));
}

TEST_CASE("an object is equal to nothing") {
    CHECK_FALSE(matches(R"({"a":"x"})", R"({"a":{"x":"x"}})"));
    CHECK_FALSE(matches(R"({"a":null})", R"({"a":{}})"));
    CHECK_FALSE(matches(R"({"a":{"gte":""}})", R"({"a":{}})"));
    CHECK(matches(R"({"a":{"ne":null}})", R"({"a":{}})"));
    CHECK(matches(R"({"a":{"exists":true}})", R"({"a":{}})"));
}

TEST_CASE("one value of a list is enough") {
    CHECK(matches(R"({"a":[1,"x",null,"/^z/"]})", R"({"a":1})"));
    CHECK(matches(R"({"a":[1,"x",null,"/^z/"]})", R"({"a":"x"})"));
    CHECK(matches(R"({"a":[1,"x",null,"/^z/"]})", R"({"a":null})"));
    CHECK(matches(R"({"a":[1,"x",null,"/^z/"]})", R"({"a":"zebra"})"));
    CHECK_FALSE(matches(R"({"a":[1,"x",null,"/^z/"]})", R"({"a":2})"));
    CHECK_FALSE(matches(R"({"a":[1,"x",null,"/^z/"]})", R"({"b":1})"));
}

TEST_CASE("a regular expression looks at strings and at numbers as they are spelled") {
    CHECK(matches(R"({"a":"/^(green|blue).*/"})", R"({"a":"green"})"));
    CHECK_FALSE(matches(R"({"a":"/^(green|blue).*/"})", R"({"a":"red"})"));
    CHECK(matches(R"({"a":"/GREEN/i"})", R"({"a":"evergreen"})"));
    CHECK(matches(R"({"a":"/^4../"})", R"({"a":404})"));
    CHECK_FALSE(matches(R"({"a":"/./"})", R"({"a":true})"));
    CHECK_FALSE(matches(R"({"a":"/./"})", R"({"a":null})"));
    CHECK(matches(R"({"a":"/^\u00e9\"/"})", R"({"a":"\u00e9\""})"));
}

TEST_CASE("a string that only begins like a regular expression is plain") {
    CHECK(matches(R"({"a":"/usr/lib"})", R"({"a":"/usr/lib"})"));
    CHECK_FALSE(matches(R"({"a":"/usr/lib"})", R"({"a":"/usr/lib64"})"));
}

TEST_CASE("an operator's string is never a regular expression") {
    CHECK(matches(R"({"a":{"eq":"/./"}})", R"({"a":"/./"})"));
    CHECK_FALSE(matches(R"({"a":{"eq":"/./"}})", R"({"a":"x"})"));
    CHECK(matches(R"({"a":{"ne":"/./"}})", R"({"a":"x"})"));
    CHECK_FALSE(matches(R"({"a":{"ne":"/./"}})", R"({"a":"/./"})"));
}

TEST_CASE("numbers and strings are compared with their own kind") {
    CHECK(matches(R"({"a":{"gt":1}})", R"({"a":1.5})"));
    CHECK_FALSE(matches(R"({"a":{"gt":1}})", R"({"a":1})"));
    CHECK(matches(R"({"a":{"gte":1}})", R"({"a":1})"));
    CHECK(matches(R"({"a":{"lt":1}})", R"({"a":-1})"));
    CHECK_FALSE(matches(R"({"a":{"lt":1}})", R"({"a":1})"));
    CHECK(matches(R"({"a":{"lte":1}})", R"({"a":1})"));
    CHECK_FALSE(matches(R"({"a":{"gt":1}})", R"({"a":"2"})"));
    CHECK_FALSE(matches(R"({"a":{"lt":1}})", R"({"a":null})"));
    CHECK_FALSE(matches(R"({"a":{"gte":"a"}})", R"({"a":5})"));
    CHECK(matches(R"({"a":{"gt":"a","lt":"b"}})", R"({"a":"aa"})"));
}

TEST_CASE("strings are ordered by their bytes") {
    CHECK(matches(R"({"a":{"gt":"Z"}})", R"({"a":"a"})"));
    CHECK(matches(R"({"a":{"gt":"z"}})", R"({"a":"é"})"));
    CHECK(matches(R"({"a":{"lt":"10"}})", R"({"a":"1"})"));
    CHECK(matches(R"({"a":{"lt":"9"}})", R"({"a":"10"})"));
    CHECK(matches(R"({"a":{"gte":""}})", R"({"a":""})"));
}

TEST_CASE("ne wants the field to be there, and no element to be equal") {
    CHECK(matches(R"({"a":{"ne":1}})", R"({"a":2})"));
    CHECK_FALSE(matches(R"({"a":{"ne":1}})", R"({"a":1.0})"));
    CHECK(matches(R"({"a":{"ne":1}})", R"({"a":"1"})"));
    CHECK_FALSE(matches(R"({"a":{"ne":1}})", R"({"b":2})"));
    CHECK(matches(R"({"a":{"ne":1}})", R"({"a":[]})"));
    CHECK(matches(R"({"a":{"ne":1}})", R"({"a":[2,3]})"));
    CHECK_FALSE(matches(R"({"a":{"ne":1}})", R"({"a":[2,1]})"));
    CHECK_FALSE(matches(R"({"a":{"ne":null}})", R"({"a":null})"));
}

TEST_CASE("exists asks whether the field is there, be it null") {
    CHECK(matches(R"({"a":{"exists":true}})", R"({"a":null})"));
    CHECK(matches(R"({"a":{"exists":true}})", R"({"a":[]})"));
    CHECK_FALSE(matches(R"({"a":{"exists":true}})", R"({"b":1})"));
    CHECK(matches(R"({"a":{"exists":false}})", R"({"b":1})"));
    CHECK_FALSE(matches(R"({"a":{"exists":false}})", R"({"a":null})"));
    CHECK_FALSE(matches(R"({"a":{"exists":false}})", R"({"a":[]})"));
    CHECK(matches(R"({"a":{"exists":false}})", "7"));
    CHECK(matches(R"({"a":{"exists":true,"gt":1}})", R"({"a":2})"));
    CHECK_FALSE(matches(R"({"a":{"exists":false,"ne":1}})", R"({"b":2})"));
}

TEST_CASE("prefix is of strings") {
    CHECK(matches(R"({"a":{"prefix":"ab"}})", R"({"a":"abc"})"));
    CHECK(matches(R"({"a":{"prefix":"ab"}})", R"({"a":"ab"})"));
    CHECK_FALSE(matches(R"({"a":{"prefix":"ab"}})", R"({"a":"a"})"));
    CHECK_FALSE(matches(R"({"a":{"prefix":"1"}})", R"({"a":10})"));
    CHECK(matches(R"({"a":{"prefix":""}})", R"({"a":""})"));
}

TEST_CASE("several operators must all hold") {
    CHECK(matches(R"({"a":{"gte":1,"lt":3,"ne":2}})", R"({"a":1})"));
    CHECK_FALSE(matches(R"({"a":{"gte":1,"lt":3,"ne":2}})", R"({"a":2})"));
    CHECK_FALSE(matches(R"({"a":{"gte":1,"lt":3,"ne":2}})", R"({"a":3})"));
    CHECK(matches(R"({"a":{"prefix":"ab","gt":"abc","exists":true}})", R"({"a":"abd"})"));
}

TEST_CASE("the first of two fields with one name is the one that is asked") {
    CHECK(matches(R"({"a":1})", R"({"a":1,"a":2})"));
    CHECK_FALSE(matches(R"({"a":2})", R"({"a":1,"a":2})"));
    CHECK_FALSE(matches(R"({"a.b":2})", R"({"a":{"c":1},"a":{"b":2}})"));
}

TEST_CASE("a record's key is a string, or null where it has none") {
    CHECK(matches(R"({"$key":"EUR"})", {.key = "EUR"}));
    CHECK_FALSE(matches(R"({"$key":"EUR"})", {.key = "USD"}));
    CHECK(matches(R"({"$key":["USD","/^E/"]})", {.key = "EUR"}));
    CHECK(matches(R"({"$key":{"prefix":"\u0000"}})", {.key = std::string_view("\0x", 2)}));
    CHECK(matches(R"({"$key":{"gt":"z"}})", {.key = "\xff"}));
    CHECK_FALSE(matches(R"({"$key":"EUR"})", Parts{}));
    CHECK(matches(R"({"$key":null})", Parts{}));
    CHECK_FALSE(matches(R"({"$key":null})", {.key = ""}));
    CHECK(matches(R"({"$key":{"exists":false}})", Parts{}));
    CHECK_FALSE(matches(R"({"$key":{"exists":false}})", {.key = ""}));
    CHECK(matches(R"({"$key":{"exists":true}})", {.key = ""}));
    CHECK_FALSE(matches(R"({"$key":{"exists":true}})", Parts{}));
    CHECK_FALSE(matches(R"({"$key":5})", {.key = "5"}));
}

TEST_CASE("headers of one name are an array of their values") {
    const std::array headers{Header{"a", "1"}, Header{"b", std::nullopt}, Header{"a", "2"},
                             Header{"x.y", "3"}};
    const Parts parts{.headers = headers};
    CHECK(matches(R"({"$headers.a":"1"})", parts));
    CHECK(matches(R"({"$headers.a":"2"})", parts));
    CHECK_FALSE(matches(R"({"$headers.a":"3"})", parts));
    CHECK_FALSE(matches(R"({"$headers.a":{"ne":"2"}})", parts));
    CHECK(matches(R"({"$headers.a":{"ne":"3"}})", parts));
    CHECK(matches(R"({"$headers.x.y":"3"})", parts));
    CHECK(matches(R"({"$headers.b":null})", parts));
    CHECK(matches(R"({"$headers.b":{"exists":true}})", parts));
    CHECK_FALSE(matches(R"({"$headers.b":{"exists":false}})", parts));
    CHECK(matches(R"({"$headers.c":{"exists":false}})", parts));
    CHECK_FALSE(matches(R"({"$headers.c":{"ne":"1"}})", parts));
    CHECK_FALSE(matches(R"({"$headers.c":null})", parts));
    CHECK_FALSE(matches(R"({"$headers.A":"1"})", parts));
}

TEST_CASE("a record's partition is a number") {
    CHECK(matches(R"({"$partition":3})", {.partition = 3}));
    CHECK(matches(R"({"$partition":{"gte":2,"lt":4}})", {.partition = 3}));
    CHECK(matches(R"({"$partition":[1,3]})", {.partition = 3}));
    CHECK(matches(R"({"$partition":"/^1.$/"})", {.partition = 12}));
    CHECK_FALSE(matches(R"({"$partition":3})", {.partition = 4}));
    CHECK_FALSE(matches(R"({"$partition":"3"})", {.partition = 3}));
    CHECK(matches(R"({"$partition":{"exists":true}})", {.partition = 0}));
    CHECK_FALSE(matches(R"({"$partition":{"exists":false}})", {.partition = 0}));
    CHECK(matches(R"({"$partition":2147483647})", {.partition = 2147483647}));
}

TEST_CASE("a payload's fields may have the names of the record's own") {
    CHECK(matches(R"({"\\$key":1})", {.value = R"({"$key":1})", .key = "2"}));
    CHECK(matches(R"({"\\any":1,"\\not":2})", R"({"any":1,"not":2})"));
}

}  // namespace
