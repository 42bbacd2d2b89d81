#include "amqp/names.hpp"

#include <doctest/doctest.h>

using namespace gateway;
using amqp::group_queue;

namespace {

TEST_CASE("a group's queue has the names of both") {
    CHECK(*group_queue("topic", "group") == "topic:group");
}

TEST_CASE("no two pairs of names share a queue") {
    CHECK(*group_queue("a.b", "c") != *group_queue("a", "b.c"));
    CHECK(*group_queue("a", "b:c") == "a:b:c");
}

TEST_CASE("a queue's name has at most 255 bytes") {
    CHECK(group_queue(std::string(249, 't'), "12345").has_value());
    const auto refused = group_queue(std::string(249, 't'), "123456");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::invalid_group);
}

}  // namespace
