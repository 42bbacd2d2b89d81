#include "filter/number.hpp"

#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::Number;

namespace {

TEST_CASE("a number is its value, however it is spelled") {
    const std::vector<std::vector<std::string>> equal{
        {"1", "1.0", "1e0", "10e-1", "0.1E+1", "100000000000000000000e-20"},
        {"0", "-0", "0.0", "-0.0", "0e99999", "1e-400", "-1e-99999999999999999999"},
        {"0.1", "1e-1", "0.10", "0.1000000000000000055511151231257827"},
        {"18446744073709551615", "18446744073709551615"},
        {"1e19", "10000000000000000000"},
        {"1e400", "1e99999999999999999999", "2e999", std::string(400, '9')},
        {"-1e400", "-1e500"},
    };
    for (const auto& row : equal) {
        for (const auto& text : row) {
            CAPTURE(text);
            CHECK(Number::parse(text) == Number::parse(row.front()));
            CHECK((Number::parse(text) <=> Number::parse(row.front())) == 0);
        }
    }
}

TEST_CASE("numbers are ordered exactly, whole ones of 64 bits among doubles") {
    const std::vector<std::string> rising{"-1e400",
                                          "-1e300",
                                          "-18446744073709551616.0",
                                          "-18446744073709551615",
                                          "-9223372036854775809",
                                          "-9223372036854775808",
                                          "-9007199254740993",
                                          "-9007199254740992",
                                          "-1.5",
                                          "-1",
                                          "-1e-300",
                                          "0",
                                          "5e-324",
                                          "0.1",
                                          "1",
                                          "1.0000000000000002",
                                          "2",
                                          "4503599627370495.5",
                                          "4503599627370496",
                                          "9007199254740992",
                                          "9007199254740993",
                                          "9223372036854775807",
                                          "9223372036854775808",
                                          "18446744073709551614",
                                          "18446744073709551615",
                                          "18446744073709551616",
                                          "1.7976931348623157e308",
                                          "1e309"};
    for (std::size_t i = 0; i < rising.size(); ++i) {
        for (std::size_t j = 0; j < rising.size(); ++j) {
            CAPTURE(rising[i]);
            CAPTURE(rising[j]);
            const auto order = Number::parse(rising[i]) <=> Number::parse(rising[j]);
            CHECK((order < 0) == (i < j));
            CHECK((order == 0) == (i == j));
            CHECK((Number::parse(rising[i]) == Number::parse(rising[j])) == (i == j));
        }
    }
}

TEST_CASE("what is no whole number of 64 bits is the nearest double") {
    CHECK(Number::parse("18446744073709551617") == Number::parse("18446744073709551616"));
    CHECK(Number::parse("9007199254740993.0") == Number::parse("9007199254740992"));
    CHECK(Number::parse("0.30000000000000004") != Number::parse("0.3"));
}

TEST_CASE("equal numbers have one spelling, which is that of an equal number") {
    for (const char* text : {"0", "-1", "1.5", "-0.1", "18446744073709551615", "1e300", "5e-324",
                             "18446744073709551616", "-9223372036854775808"}) {
        CAPTURE(text);
        CHECK(Number::parse(Number::parse(text).text()) == Number::parse(text));
    }
    CHECK(Number::parse("1.50e0").text() == Number::parse("15e-1").text());
    CHECK(Number::parse("-0.0").text() == "0");
    CHECK(Number::parse("1e3").text() == "1000");
}

TEST_CASE("an integer of the program is the number of that value") {
    CHECK(Number(0) == Number::parse("0"));
    CHECK(Number(-5) == Number::parse("-5"));
    CHECK(Number(std::numeric_limits<std::int64_t>::min()) ==
          Number::parse("-9223372036854775808"));
    CHECK(Number(std::numeric_limits<std::int64_t>::max()) == Number::parse("9223372036854775807"));
}

TEST_CASE("a number beyond the range of a double is not finite") {
    CHECK(Number::parse("1.7976931348623157e308").is_finite());
    CHECK(Number::parse("1e-5000").is_finite());
    CHECK_FALSE(Number::parse("1e309").is_finite());
    CHECK_FALSE(Number::parse("-1" + std::string(320, '0')).is_finite());
    CHECK_FALSE(Number::parse("0." + std::string(500, '0') + "1e900").is_finite());
    CHECK(Number::parse("0." + std::string(500, '0') + "1e50") == Number(0));
}

}  // namespace
