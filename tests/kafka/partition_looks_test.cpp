#include "kafka/partition_looks.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using gateway::kafka::PartitionLooks;
using Step = PartitionLooks::Step;

namespace {

constexpr PartitionLooks::Time start{};

TEST_CASE("a topic is asked for once, and what was heard decides for a moment") {
    PartitionLooks looks;
    CHECK(looks.next("a", start) == Step::ask);
    CHECK(looks.next("a", start) == Step::wait);
    CHECK(looks.next("b", start) == Step::ask);

    looks.answered("a", start + 1s);
    CHECK(looks.next("a", start + 1s) == Step::decide);
    CHECK(looks.next("a", start + 1999ms) == Step::decide);
    CHECK(looks.next("b", start + 1999ms) == Step::wait);
    CHECK(looks.next("a", start + 2s) == Step::ask);
    CHECK(looks.next("a", start + 2s) == Step::wait);
}

TEST_CASE("of many topics those that are not asked for just now are forgotten") {
    PartitionLooks looks;
    CHECK(looks.next("open", start) == Step::ask);
    for (int i = 0; i < 2000; ++i) {
        const auto topic = std::to_string(i);
        CHECK(looks.next(topic, start) == Step::ask);
        looks.answered(topic, start);
    }
    CHECK(looks.next("0", start) == Step::ask);
    CHECK(looks.next("1999", start) == Step::decide);
    CHECK(looks.next("open", start) == Step::wait);
}

}  // namespace
