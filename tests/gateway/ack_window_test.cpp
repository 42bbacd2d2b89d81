#include "gateway/ack_window.hpp"

#include <doctest/doctest.h>

using gateway::AckWindow;
using gateway::Position;
using gateway::TopicPartition;
using Positions = std::vector<Position>;

namespace {

TEST_CASE("what may be committed ends before the first record that is not acknowledged") {
    AckWindow window(10);
    for (const int offset : {5, 6, 7}) window.add("a", 0, offset);
    CHECK(window.take() == Positions{{"a", 0, 5}});

    REQUIRE(window.acknowledge("a", 0, 6));
    CHECK(window.take().empty());
    REQUIRE(window.acknowledge("a", 0, 5));
    CHECK(window.take() == Positions{{"a", 0, 7}});
    REQUIRE(window.acknowledge("a", 0, 7));
    CHECK(window.take() == Positions{{"a", 0, 8}});
    CHECK(window.take().empty());
}

TEST_CASE("partitions are committed each by itself") {
    AckWindow window(10);
    window.add("a", 0, 5);
    window.add("a", 1, 50);
    window.add("b", 0, 500);
    (void)window.take();
    REQUIRE(window.acknowledge("a", 1, 50));
    CHECK(window.take() == Positions{{"a", 1, 51}});
}

TEST_CASE("what passes needs no acknowledgement, but waits for what came before it") {
    AckWindow window(10);
    window.pass("a", 0, 3);
    CHECK(window.take() == Positions{{"a", 0, 3}});
    window.add("a", 0, 3);
    window.pass("a", 0, 9);
    CHECK(window.take().empty());
    REQUIRE(window.acknowledge("a", 0, 3));
    CHECK(window.take() == Positions{{"a", 0, 9}});
}

TEST_CASE("an acknowledgement of what does not wait is refused") {
    AckWindow window(10);
    CHECK_FALSE(window.acknowledge("a", 0, 5));
    window.add("a", 0, 5);
    window.add("a", 0, 9);
    CHECK_FALSE(window.acknowledge("a", 0, 4));
    CHECK_FALSE(window.acknowledge("a", 0, 7));
    CHECK_FALSE(window.acknowledge("a", 0, 10));
    CHECK_FALSE(window.acknowledge("a", 1, 5));
    CHECK_FALSE(window.acknowledge("b", 0, 5));
    REQUIRE(window.acknowledge("a", 0, 5));
    CHECK_FALSE(window.acknowledge("a", 0, 5));
}

TEST_CASE("it is full while as many records as its limit wait") {
    AckWindow window(2);
    window.add("a", 0, 0);
    CHECK_FALSE(window.is_full());
    window.add("a", 1, 0);
    CHECK(window.is_full());
    REQUIRE(window.acknowledge("a", 1, 0));
    CHECK_FALSE(window.is_full());
}

TEST_CASE("a partition that is dropped waits for nothing, and commits nothing") {
    AckWindow window(2);
    window.add("a", 0, 0);
    window.add("a", 1, 0);
    const TopicPartition gone{"a", 0};
    window.drop({&gone, 1});
    CHECK_FALSE(window.is_full());
    CHECK_FALSE(window.acknowledge("a", 0, 0));
    CHECK(window.take() == Positions{{"a", 1, 0}});
    window.add("a", 0, 0);
    CHECK(window.acknowledge("a", 0, 0));
}

}  // namespace
