#include "gateway/pending_sends.hpp"

#include <set>

#include <doctest/doctest.h>

using gateway::PendingSends;

namespace {

TEST_CASE("a token gives back its send, once") {
    PendingSends pending;
    const auto first = pending.add({.id = "1", .ack = true});
    const auto second = pending.add({.id = "2"});
    CHECK(pending.size() == 2);
    CHECK(pending.take(second).id == "2");
    const auto send = pending.take(first);
    CHECK(send.id == "1");
    CHECK(send.ack);
    CHECK(pending.size() == 0);
}

TEST_CASE("tokens in use differ, and are used again after that") {
    PendingSends pending;
    std::set<std::uint32_t> tokens;
    for (int i = 0; i < 2000; ++i) CHECK(tokens.insert(pending.add({})).second);
    for (const auto token : tokens) (void)pending.take(token);
    for (int i = 0; i < 2000; ++i) CHECK(pending.add({}) < 2000);
}

}  // namespace
