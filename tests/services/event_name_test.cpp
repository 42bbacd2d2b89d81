#include "services/event_name.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::services;

namespace {

constexpr EventNameLimits limits{.max_bytes = 32, .max_segments = 4};

TEST_CASE("a name is segments, with dots between") {
    for (const char* name : {"a", "FETCHED_TIME", "a.b", "a.b.c.d", "a b/c", "ä.€", "-", "$x"}) {
        CAPTURE(name);
        CHECK_FALSE(refusal_of_name(name, limits));
        CHECK_FALSE(refusal_of_pattern(name, limits));
        CHECK_FALSE(is_wild(name));
    }
    for (const char* name : {"", ".", ".a", "a.", "a..b", "a\nb", "a\x7f", "a.b.c.d.e"}) {
        CAPTURE(name);
        CHECK(refusal_of_name(name, limits)->code == Errc::invalid_event);
        CHECK(refusal_of_pattern(name, limits)->code == Errc::invalid_event);
    }
    CHECK_FALSE(refusal_of_name(std::string(32, 'a'), limits));
    CHECK(refusal_of_name(std::string(33, 'a'), limits)->code == Errc::invalid_event);
    CHECK(refusal_of_pattern(std::string(33, '*'), limits)->code == Errc::invalid_event);
}

TEST_CASE("wildcards are whole segments of patterns alone") {
    for (const char* pattern : {"*", ">", "a.*", "*.b", "a.*.c", "a.>", "*.>", "*.*.*.*"}) {
        CAPTURE(pattern);
        CHECK_FALSE(refusal_of_pattern(pattern, limits));
        CHECK(refusal_of_name(pattern, limits)->code == Errc::invalid_event);
        CHECK(is_wild(pattern));
    }
    for (const char* pattern : {"a*", "*a.b", "a.>.b", ">.a", "a>", "**", ">>", "a.*b"}) {
        CAPTURE(pattern);
        CHECK(refusal_of_pattern(pattern, limits)->code == Errc::invalid_event);
        CHECK(refusal_of_name(pattern, limits)->code == Errc::invalid_event);
    }
}

}  // namespace
