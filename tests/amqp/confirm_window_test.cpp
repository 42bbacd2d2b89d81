#include "amqp/confirm_window.hpp"

#include <doctest/doctest.h>

namespace gateway::amqp {

namespace {

using Window = ConfirmWindow<char>;
using Items = std::vector<char>;

Window filled() {
    Window window;
    for (const char item : {'a', 'b', 'c', 'd'}) window.add(item);
    return window;
}

TEST_CASE("one number settles one message") {
    Window window = filled();
    CHECK(window.settle(2, false) == Items{'b'});
    CHECK(window.settle(1, false) == Items{'a'});
    CHECK(window.size() == 2);
}

TEST_CASE("a number of several settles all before it that are not settled, in order") {
    Window window = filled();
    CHECK(window.settle(2, false) == Items{'b'});
    CHECK(window.settle(3, true) == Items{'a', 'c'});
    CHECK(window.settle(4, true) == Items{'d'});
    CHECK(window.is_empty());
}

TEST_CASE("a number that is settled, or was never sent, settles nothing") {
    Window window = filled();
    CHECK(window.settle(1, false) == Items{'a'});
    CHECK(window.settle(1, false).empty());
    CHECK(window.settle(0, true).empty());
    CHECK(window.settle(5, true).empty());
    CHECK(window.size() == 3);
}

TEST_CASE("what is taken out keeps its number") {
    Window window = filled();
    CHECK(window.take_if([](char item) { return item < 'c'; }) == Items{'a', 'b'});
    CHECK(window.size() == 4);
    CHECK(window.settle(3, true) == Items{'c'});
    CHECK(window.settle(4, false) == Items{'d'});
    CHECK(window.is_empty());
}

TEST_CASE("what is found can be changed, and what is settled is not found") {
    Window window = filled();
    const auto is_b = [](char item) { return item == 'b'; };
    REQUIRE(window.find_if(is_b) != nullptr);
    *window.find_if(is_b) = 'x';
    CHECK(window.find_if(is_b) == nullptr);
    CHECK(window.settle(2, false) == Items{'x'});
    CHECK(window.find_if([](char item) { return item == 'x'; }) == nullptr);
}

TEST_CASE("a new channel counts from 1, and what was not confirmed is left in order") {
    Window window = filled();
    CHECK(window.settle(2, false) == Items{'b'});
    CHECK(window.reset() == Items{'a', 'c', 'd'});
    CHECK(window.is_empty());
    window.add('z');
    CHECK(window.settle(1, true) == Items{'z'});
}

}  // namespace

}  // namespace gateway::amqp
