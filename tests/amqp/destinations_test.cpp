#include "amqp/destinations.hpp"

#include <doctest/doctest.h>

namespace gateway::amqp {

namespace {

using Standing = Destinations::Standing;

OutgoingRecord to(std::string_view name, Destination what = Destination::topic) {
    return {.topic = name, .destination = what};
}

TEST_CASE("a destination is unknown, then asked for, then there") {
    Destinations destinations;
    CHECK(destinations.standing(to("a")) == Standing::unknown);
    destinations.ask(to("a"));
    CHECK(destinations.standing(to("a")) == Standing::asked);
    CHECK(destinations.answer(Destination::topic, "a", true));
    CHECK(destinations.standing(to("a")) == Standing::there);
    CHECK(destinations.standing(to("a")) == Standing::there);
}

TEST_CASE("a topic, a queue and an exchange of one name are three") {
    Destinations destinations;
    destinations.ask(to("a"));
    CHECK(destinations.answer(Destination::topic, "a", true));
    CHECK(destinations.standing(to("a")) == Standing::there);
    CHECK(destinations.standing(to("a", Destination::queue)) == Standing::unknown);
    CHECK(destinations.standing(to("a", Destination::exchange)) == Standing::unknown);
}

TEST_CASE("the default exchange is there, and a topic or a queue without a name is not") {
    Destinations destinations;
    CHECK(destinations.standing(to("", Destination::exchange)) == Standing::there);
    CHECK(destinations.standing(to("")) == Standing::unknown);
    CHECK(destinations.standing(to("", Destination::queue)) == Standing::unknown);
}

TEST_CASE("what is not there is unknown, so that it is looked for again") {
    Destinations destinations;
    destinations.ask(to("a"));
    CHECK(destinations.answer(Destination::topic, "a", false));
    CHECK(destinations.standing(to("a")) == Standing::unknown);
}

TEST_CASE("what was forgotten is unknown, and an answer to it is nobody's") {
    Destinations destinations;
    destinations.ask(to("a"));
    destinations.ask(to("b"));
    CHECK(destinations.answer(Destination::topic, "a", true));
    CHECK(destinations.standing(to("a")) == Standing::there);
    SUBCASE("one") { destinations.forget(to("a")); }
    SUBCASE("all") {
        destinations.clear();
        CHECK_FALSE(destinations.answer(Destination::topic, "b", true));
    }
    CHECK(destinations.standing(to("a")) == Standing::unknown);
}

}  // namespace

}  // namespace gateway::amqp
