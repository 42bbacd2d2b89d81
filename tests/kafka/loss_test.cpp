#include "kafka/loss.hpp"

#include <doctest/doctest.h>

using gateway::Errc;
using gateway::Located;
using gateway::Lost;
using gateway::kafka::OffsetReset;
using gateway::kafka::recover;

namespace {

const Located found{.topic = "topic", .partition = 3, .earliest = 10, .latest = 20};

TEST_CASE("an offset that is there after all is where reading goes on, and nothing is lost") {
    for (const std::int64_t wanted : {10, 15, 20}) {
        for (const auto reset : {OffsetReset::earliest, OffsetReset::latest, OffsetReset::error}) {
            const auto recovery = recover(wanted, found, reset);
            REQUIRE(recovery.has_value());
            CHECK(recovery->next == wanted);
            CHECK_FALSE(recovery->lost.has_value());
        }
    }
}

TEST_CASE("after a loss reading goes on at the oldest record, and says what is left out") {
    const auto recovery = recover(3, found, OffsetReset::earliest);
    REQUIRE(recovery.has_value());
    CHECK(recovery->next == 10);
    CHECK(recovery->lost == Lost{.topic = "topic",
                                 .partition = 3,
                                 .wanted = 3,
                                 .next = 10,
                                 .earliest = 10,
                                 .latest = 20});
}

TEST_CASE("whoever goes on at the end loses what is there, too") {
    const auto recovery = recover(3, found, OffsetReset::latest);
    REQUIRE(recovery.has_value());
    CHECK(recovery->next == 20);
    CHECK(recovery->lost == Lost{.topic = "topic",
                                 .partition = 3,
                                 .wanted = 3,
                                 .next = 20,
                                 .earliest = 10,
                                 .latest = 20});
}

TEST_CASE(
    "an offset that does not exist yet is of another log: this one is read, and that is said") {
    const auto recovery = recover(21, found, OffsetReset::earliest);
    REQUIRE(recovery.has_value());
    CHECK(recovery->next == 10);
    CHECK(recovery->lost == Lost{.topic = "topic",
                                 .partition = 3,
                                 .wanted = 21,
                                 .next = 10,
                                 .earliest = 10,
                                 .latest = 20});
}

TEST_CASE("where a loss is to be an error it says which offsets there are") {
    for (const std::int64_t wanted : {9, 21}) {
        const auto recovery = recover(wanted, found, OffsetReset::error);
        REQUIRE_FALSE(recovery.has_value());
        CHECK(recovery.error().code == Errc::offset_out_of_range);
        CHECK(recovery.error().message.find("10") != std::string::npos);
        CHECK(recovery.error().message.find("20") != std::string::npos);
    }
}

}  // namespace
