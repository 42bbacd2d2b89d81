#include "deliveries/client_id.hpp"

#include <doctest/doctest.h>

using gateway::deliveries::ClientId;

TEST_CASE("a client's id is its server's process and a number") {
    const auto id = ClientId::parse("node.1.ab12.42");
    REQUIRE(id);
    CHECK(id->process == "node.1.ab12");
    CHECK(id->number == 42);
    CHECK(ClientId::parse("n.p.18446744073709551615")->number == 18446744073709551615U);
}

TEST_CASE("what has no number behind a dot is no client's id") {
    for (const char* text : {"", ".", "1", ".1", "n.", "n.p.", "n.x1", "n.1x", "n.-1", "n.01",
                             "n.0", "n.18446744073709551616", "*"}) {
        CAPTURE(text);
        CHECK_FALSE(ClientId::parse(text));
    }
}
