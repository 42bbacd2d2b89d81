#include "kafka/place.hpp"

#include <limits>
#include <vector>

#include <doctest/doctest.h>

using namespace gateway;
using gateway::kafka::place;

namespace {

using Offsets = std::vector<std::int64_t>;

const std::vector<Located> partitions{
    {.topic = "a", .partition = 0, .earliest = 10, .latest = 20, .start = 14},
    {.topic = "a", .partition = 1, .earliest = 0, .latest = 3, .start = 7},
    {.topic = "b", .partition = 0, .earliest = 5, .latest = 5, .start = 2},
};

Offsets starts(const Start& start) {
    const auto placed = place(start, partitions);
    REQUIRE(placed.has_value());
    Offsets offsets;
    for (const auto& each : *placed) offsets.push_back(each.start);
    return offsets;
}

TEST_CASE("reading begins at the end, or at the oldest record") {
    CHECK(starts(FromLatest{}) == Offsets{20, 3, 5});
    CHECK(starts(FromEarliest{}) == Offsets{10, 0, 5});
}

TEST_CASE("what the broker said of a time is kept within the partition") {
    CHECK(starts(FromTime{123}) == Offsets{14, 3, 5});
}

TEST_CASE("the last offsets are counted from the end, down to the oldest record") {
    CHECK(starts(FromLast{4}) == Offsets{16, 0, 5});
    CHECK(starts(FromLast{0}) == Offsets{20, 3, 5});
    CHECK(starts(FromLast{-1}) == Offsets{20, 3, 5});
    CHECK(starts(FromLast{std::numeric_limits<std::int64_t>::max()}) == Offsets{10, 0, 5});
}

TEST_CASE("a cursor begins where it says, and at the oldest record where it says nothing") {
    CHECK(starts(Cursor{}) == Offsets{10, 0, 5});
    CHECK(starts(Cursor{{"a", 1, 3}, {"a", 0, 10}}) == Offsets{10, 3, 5});
}

TEST_CASE("a cursor that names what is not there is refused") {
    CHECK(place(Cursor{{"a", 2, 0}}, partitions).error().code == Errc::partition_not_found);
    CHECK(place(Cursor{{"c", 0, 0}}, partitions).error().code == Errc::partition_not_found);
    for (const std::int64_t offset : {9, 21}) {
        const auto error = place(Cursor{{"a", 0, offset}}, partitions).error();
        CHECK(error.code == Errc::offset_out_of_range);
        CHECK(error.message.find("10") != std::string::npos);
        CHECK(error.message.find("20") != std::string::npos);
    }
}

}  // namespace
