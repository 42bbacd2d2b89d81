#include "gateway/credit.hpp"

#include <doctest/doctest.h>

using gateway::Credit;

namespace {

TEST_CASE("there is no credit until it is given, and it is spent one by one") {
    Credit credit(10);
    CHECK(credit.is_spent());
    REQUIRE(credit.add(2));
    credit.use();
    CHECK_FALSE(credit.is_spent());
    credit.use();
    CHECK(credit.is_spent());
}

TEST_CASE("credit adds up, to the limit and no further") {
    Credit credit(3);
    REQUIRE(credit.add(2));
    CHECK_FALSE(credit.add(2));
    CHECK(credit.add(1));
    for (int i = 0; i < 3; ++i) credit.use();
    CHECK(credit.is_spent());
    CHECK(credit.add(3));
}

}  // namespace
