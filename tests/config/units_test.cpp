#include "config/units.hpp"

#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace gateway::config;

namespace {

TEST_CASE("a number is digits and nothing else") {
    CHECK(parse_number("0") == 0U);
    CHECK(parse_number("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    for (const char* text :
         {"", " 1", "1 ", "+1", "-1", "1.5", "1e3", "0x10", "ten", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("a duration is milliseconds or has its unit") {
    CHECK(parse_duration("200") == 200ms);
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("10s") == 10s);
    CHECK(parse_duration("2m") == 2min);
    CHECK(parse_duration("1h") == 1h);
    for (const char* text : {"", "s", "10 s", "10S", "1.5s", "10us", "1h30m", "-1s",
                             "9223372036854775807s", "18446744073709551615"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a size is bytes or has its unit") {
    CHECK(parse_size("65536") == 65536U);
    CHECK(parse_size("64KiB") == 65536U);
    CHECK(parse_size("1MiB") == 1048576U);
    CHECK(parse_size("4GiB") == 4294967296U);
    for (const char* text : {"", "KiB", "1kb", "1 MiB", "1MB", "1M", "99999999999999GiB"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("an amount is written in the largest unit that keeps it whole") {
    CHECK(write_duration(0ms) == "0ms");
    CHECK(write_duration(1500ms) == "1500ms");
    CHECK(write_duration(90s) == "90s");
    CHECK(write_duration(120s) == "2m");
    CHECK(write_duration(24h) == "24h");
    CHECK(write_size(0) == "0");
    CHECK(write_size(1000) == "1000");
    CHECK(write_size(1536) == "1536");
    CHECK(write_size(256 << 10) == "256KiB");
    CHECK(write_size(std::uint64_t{4} << 30) == "4GiB");
}

}  // namespace
