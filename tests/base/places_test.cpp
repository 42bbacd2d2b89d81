#include "base/places.hpp"

#include <limits>

#include <doctest/doctest.h>

namespace gateway {

namespace {

void take(Places& places, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) places.add();
}

TEST_CASE("places are full at their limit, exceeded beyond it, and far beyond an eighth more") {
    Places places{.limit = 80};
    take(places, 79);
    CHECK(places.has_room());
    take(places, 1);
    CHECK_FALSE(places.has_room());
    CHECK_FALSE(places.is_exceeded());
    take(places, 1);
    CHECK(places.is_exceeded());
    take(places, 17);
    CHECK_FALSE(places.is_far_exceeded());
    take(places, 1);
    CHECK(places.is_far_exceeded());
    places.remove();
    CHECK_FALSE(places.is_far_exceeded());
}

TEST_CASE("what others take counts, too, where places are shared") {
    Places all{.limit = 2};
    Places one{.limit = 10, .shared = &all};
    Places other{.limit = 10, .shared = &all};
    one.add();
    CHECK(other.has_room());
    one.add();
    CHECK_FALSE(other.has_room());
    CHECK_FALSE(other.is_exceeded());
    other.add();
    CHECK(one.is_exceeded());
    CHECK(one.taken == 2);
    take(one, 8);  // 11 in all: the margin of 2 is 8.
    CHECK(other.is_far_exceeded());
}

TEST_CASE("no limit is never exceeded") {
    Places places{.limit = std::numeric_limits<std::size_t>::max()};
    places.add();
    CHECK(places.has_room());
    CHECK_FALSE(places.is_far_exceeded());
}

}  // namespace

}  // namespace gateway
