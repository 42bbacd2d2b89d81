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

TEST_CASE("what is left of another's credit adds to it, and what did not leave counts as left") {
    Credit former(10);
    REQUIRE(former.add(5));
    former.use();
    former.settle();
    former.use();
    Credit credit(10);
    credit.take_over(former);
    CHECK_FALSE(credit.add(7));
    CHECK(credit.add(6));

    Credit small(3);
    small.take_over(former);
    CHECK_FALSE(small.add(1));
}

}  // namespace
