#include "amqp/prefetch_window.hpp"

#include <doctest/doctest.h>

using gateway::amqp::PrefetchWindow;

namespace {

constexpr std::size_t mib = 1 << 20;

/// Messages of one size; how often the count changed.
int add(PrefetchWindow& window, int messages, std::size_t bytes) {
    int changes = 0;
    for (int i = 0; i < messages; ++i) changes += window.add(bytes) ? 1 : 0;
    return changes;
}

TEST_CASE("small messages may be as many as are wanted, after one change") {
    PrefetchWindow window(1000, 8 * mib);
    CHECK(window.count() < 200);
    CHECK(add(window, 1000, 100) == 1);
    CHECK(window.count() == 1000);
}

TEST_CASE("large messages are as few as fit, and at least one") {
    PrefetchWindow window(1000, 8 * mib);
    CHECK(add(window, 200, mib) == 1);
    CHECK(window.count() >= 7);
    CHECK(window.count() <= 8);
    add(window, 200, 100 * mib);
    CHECK(window.count() == 1);
}

TEST_CASE("the count follows the sizes, back too, and not each of them") {
    PrefetchWindow window(1000, 8 * mib);
    add(window, 100, mib);
    CHECK(add(window, 2000, 100) <= 10);
    CHECK(window.count() == 1000);
    CHECK(add(window, 100, mib) <= 10);
    CHECK(window.count() < 16);
    CHECK(add(window, 1000, mib) == 0);
}

TEST_CASE("a count that is small anyway stays as it is") {
    PrefetchWindow window(10, 8 * mib);
    CHECK(window.count() == 10);
    CHECK(add(window, 1000, 100) == 0);
    CHECK(window.count() == 10);
}

}  // namespace
