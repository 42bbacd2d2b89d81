#include "nodes/peers.hpp"

#include <string>

#include <doctest/doctest.h>

using gateway::nodes::Announcement;
using gateway::nodes::Peers;
using Change = Peers::Change;

namespace {

Announcement peer(const std::string& process, bool is_leaving = false) {
    return {.node = "n",
            .process = process,
            .queue = "q." + process,
            .since = 1,
            .interval = 10,
            .is_leaving = is_leaving};
}

TEST_CASE("a server is new once, and found by its process") {
    Peers peers(100);
    CHECK(peers.tell(peer("n.a"), 100) == Change::is_new);
    CHECK(peers.tell(peer("n.a"), 110) == Change::none);
    REQUIRE(peers.find("n.a"));
    CHECK(peers.find("n.a")->seen == 110);
    CHECK_FALSE(peers.find("n.b"));
}

TEST_CASE("a server that says farewell is forgotten, and new when it is there again") {
    Peers peers(100);
    peers.tell(peer("n.a"), 100);
    CHECK(peers.tell(peer("n.a", true), 101) == Change::none);
    CHECK_FALSE(peers.find("n.a"));
    CHECK(peers.tell(peer("n.a", true), 102) == Change::none);
    CHECK(peers.tell(peer("n.a"), 103) == Change::is_new);
}

TEST_CASE("a server is forgotten after three of its intervals in silence") {
    Peers peers(100);
    peers.tell(peer("n.a"), 100);
    peers.tell(peer("n.b"), 110);
    peers.expire(130);
    CHECK(peers.find("n.a"));
    peers.expire(131);
    CHECK_FALSE(peers.find("n.a"));
    CHECK(peers.find("n.b"));
}

TEST_CASE("silence while nobody could be heard does not count") {
    Peers peers(100);
    peers.tell(peer("n.a"), 100);
    peers.excuse(50);
    peers.expire(180);
    REQUIRE(peers.find("n.a"));
    CHECK(peers.find("n.a")->seen == 100);
    peers.expire(181);
    CHECK_FALSE(peers.find("n.a"));
}

TEST_CASE("a server that comes back with its queue takes the place of the one before") {
    Peers peers(1);
    Announcement before = peer("n.b");
    Announcement after = peer("n.a");
    before.queue = after.queue = "q";
    after.since = before.since + 1;
    CHECK(peers.tell(before, 0) == Change::is_new);
    CHECK(peers.tell(after, 1) == Change::is_new);
    CHECK_FALSE(peers.find("n.b"));
    CHECK(peers.find("n.a"));
    CHECK(peers.tell(before, 2) == Change::none);
    CHECK_FALSE(peers.find("n.b"));
    CHECK(peers.all().size() == 1);
}

TEST_CASE("no more servers are remembered than there may be") {
    Peers peers(2);
    CHECK(peers.tell(peer("n.a"), 0) == Change::is_new);
    CHECK(peers.tell(peer("n.b"), 0) == Change::is_new);
    CHECK(peers.tell(peer("n.c"), 0) == Change::is_one_too_many);
    CHECK_FALSE(peers.find("n.c"));
    CHECK(peers.tell(peer("n.b"), 1) == Change::none);
    peers.forget("n.a");
    CHECK(peers.tell(peer("n.c"), 2) == Change::is_new);
}

TEST_CASE("a server is listed with what it told and when") {
    std::string out;
    gateway::nodes::append_peer(out, {peer("n.a"), 120, 150}, false);
    CHECK(out == R"({"node":"n","process":"n.a","queue":"q.n.a","since":1,"seen":120})");
    out.clear();
    gateway::nodes::append_peer(out, {peer("n.a"), 120, 150}, true);
    CHECK(out ==
          R"({"node":"n","process":"n.a","queue":"q.n.a","since":1,"seen":120,"self":true})");
}

}  // namespace
