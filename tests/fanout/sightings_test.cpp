#include "fanout/sightings.hpp"

#include <doctest/doctest.h>

namespace gateway::fanout {

namespace {

using Names = std::vector<std::string_view>;

TEST_CASE("a topic is new once, however many partitions it has") {
    Sightings sightings;
    sightings.look({{"a", 0}, {"a", 1}, {"b", 0}});
    CHECK(sightings.after(0) == Names{"a", "b"});
    CHECK(sightings.after(1).empty());
    sightings.look({{"a", 0}, {"b", 0}, {"c", 0}});
    CHECK(sightings.after(1) == Names{"c"});
    CHECK(sightings.after(0) == Names{"a", "b", "c"});
    CHECK(sightings.looks() == 2);
}

TEST_CASE("a topic that went away is new when it comes back") {
    Sightings sightings;
    sightings.look({{"a", 0}, {"b", 0}});
    sightings.look({{"b", 0}});
    CHECK_FALSE(sightings.has("a"));
    CHECK(sightings.after(0) == Names{"b"});
    sightings.look({{"a", 0}, {"b", 0}});
    CHECK(sightings.after(2) == Names{"a"});
}

TEST_CASE("looks go on counting when all is forgotten") {
    Sightings sightings;
    sightings.look({{"a", 0}});
    sightings.clear();
    CHECK_FALSE(sightings.has("a"));
    CHECK(sightings.after(0).empty());
    sightings.look({{"a", 0}});
    CHECK(sightings.after(1) == Names{"a"});
}

}  // namespace

}  // namespace gateway::fanout
