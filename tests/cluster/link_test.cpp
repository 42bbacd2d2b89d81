#include "cluster/link.hpp"

#include <doctest/doctest.h>

using gateway::cluster::Link;
using Heard = Link::Heard;

namespace {

TEST_CASE("nothing is heard before a hello") {
    Link link;
    CHECK(link.hear(7, 1, false) == Heard::nothing);
    CHECK_FALSE(link.is_open());
    CHECK(link.hear(7, 2, true) == Heard::beginning);
    CHECK(link.is_open());
    CHECK(link.seen() == 7);
}

TEST_CASE("a word that comes twice is heard once") {
    Link link;
    CHECK(link.hear(7, 1, true) == Heard::beginning);
    CHECK(link.hear(7, 2, false) == Heard::word);
    CHECK(link.hear(7, 3, false) == Heard::word);
    CHECK(link.hear(7, 1, true) == Heard::nothing);
    CHECK(link.hear(7, 2, false) == Heard::nothing);
    CHECK(link.hear(7, 4, false) == Heard::word);
}

TEST_CASE("a hello that is told again is a word like others") {
    Link link;
    CHECK(link.hear(7, 1, true) == Heard::beginning);
    CHECK(link.hear(7, 2, true) == Heard::word);
    CHECK(link.hear(7, 3, false) == Heard::word);
}

TEST_CASE("a missing word ends the life, until the other says hello") {
    Link link;
    CHECK(link.hear(7, 1, true) == Heard::beginning);
    CHECK(link.hear(7, 3, false) == Heard::gap);
    CHECK_FALSE(link.is_open());
    CHECK(link.hear(7, 4, false) == Heard::nothing);
    CHECK(link.hear(7, 5, true) == Heard::beginning);
    CHECK(link.hear(7, 6, false) == Heard::word);
}

TEST_CASE("a new life is heard as such, and the old one no more") {
    Link link;
    CHECK(link.hear(7, 1, true) == Heard::beginning);
    CHECK(link.hear(9, 1, true) == Heard::new_life);
    CHECK(link.hear(7, 2, false) == Heard::nothing);
    CHECK(link.hear(7, 2, true) == Heard::nothing);
    CHECK(link.hear(9, 2, false) == Heard::word);
}

TEST_CASE("words are counted in each life") {
    Link link;
    link.begin(4);
    CHECK(link.life() == 4);
    CHECK(link.next_number() == 1);
    CHECK(link.next_number() == 1);
    link.sent();
    CHECK(link.next_number() == 2);
    link.sent();
    link.begin(5);
    CHECK(link.next_number() == 1);
}

}  // namespace
