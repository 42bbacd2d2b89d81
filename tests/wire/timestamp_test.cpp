#include "wire/timestamp.hpp"

#include <ctime>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

using gateway::parse_timestamp;

namespace {

constexpr std::int64_t morning = 1715934600000;  // 2024-05-17T08:30:00Z, by date(1).

TEST_CASE("a time is milliseconds since 1970, wherever its clock hung") {
    CHECK(parse_timestamp("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_timestamp("2024-05-17T08:30:00Z") == morning);
    CHECK(parse_timestamp("2024-05-17T08:30:00+00:00") == morning);
    CHECK(parse_timestamp("2024-05-17T10:30:00+02:00") == morning);
    CHECK(parse_timestamp("2024-05-17T10:30:00+0200") == morning);
    CHECK(parse_timestamp("2024-05-16T22:45:00-09:45") == morning);
    CHECK(parse_timestamp("2024-05-17T08:30Z") == morning);
    CHECK(parse_timestamp("2024-05-17t08:30:00z") == morning);
    CHECK(parse_timestamp("1969-12-31T23:59:59.999Z") == -1);
}

TEST_CASE("a fraction is cut at the millisecond") {
    CHECK(parse_timestamp("2024-05-17T08:30:00.5Z") == morning + 500);
    CHECK(parse_timestamp("2024-05-17T08:30:00,25Z") == morning + 250);
    CHECK(parse_timestamp("2024-05-17T08:30:00.0019999999999999999999Z") == morning + 1);
    CHECK(parse_timestamp("2024-05-17T08:30:00.999999+00:00") == morning + 999);
}

TEST_CASE("a date alone is its midnight UTC") {
    CHECK(parse_timestamp("1970-01-02") == 86400000);
    CHECK(parse_timestamp("2000-02-29") == 951782400000);
    CHECK(parse_timestamp("9999-12-31") == 253402214400000);
}

TEST_CASE("what is no time, no day of the calendar, or says no offset is none") {
    for (const char* text : {"",
                             "now",
                             "1715934600000",
                             "2024",
                             "2024-05",
                             "2024-5-17",
                             "2024-05-17T",
                             "2024-05-17T08",
                             "2024-05-17T08Z",
                             "2024-05-17T08:30",
                             "2024-05-17T08:30:00",
                             "2024-05-17T08:30:00.Z",
                             "2024-05-17T08:30:00.5",
                             "2024-05-17T08:3Z",
                             "2024-05-17T08:30:00+2",
                             "2024-05-17T08:30:00+02",
                             "2024-05-17T08:30:00+02:0",
                             "2024-05-17T08:30:00+24:00",
                             "2024-05-17T08:30:00Z ",
                             " 2024-05-17",
                             "2024-05-17Z",
                             "2023-02-29",
                             "1900-02-29",
                             "2024-00-01",
                             "2024-13-01",
                             "2024-01-00",
                             "2024-04-31",
                             "2024-05-17T24:00Z",
                             "2024-05-17T08:60Z",
                             "2016-12-31T23:59:60Z",
                             "-2024-05-17",
                             "+02024-05-17",
                             "20240517",
                             "2024-05-17T08:30:00ZZ",
                             "2024-05-17T0-:30:00Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_timestamp(text));
    }
}

TEST_CASE("every second agrees with the C library's calendar") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 2000; ++round) {
        const std::time_t seconds = static_cast<std::time_t>(random() % 253402300800);
        std::tm day{};
        gmtime_r(&seconds, &day);
        const auto text =
            fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", day.tm_year + 1900, day.tm_mon + 1,
                        day.tm_mday, day.tm_hour, day.tm_min, day.tm_sec);
        CAPTURE(text);
        CHECK(parse_timestamp(text) == seconds * 1000);
    }
}

}  // namespace
