#include "gateway/outlet.hpp"

#include <string>

#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"

using gateway::Outlet;
using gateway::Position;
using gateway::RecordedConnection;
using Frames = std::vector<std::string>;

namespace {

const auto ignore = [](const Outlet::Delivered&) {};

TEST_CASE("a reply alone is a frame, several are an array") {
    RecordedConnection connection;
    Outlet outlet(connection, {});
    outlet.reply() += "{1}";
    outlet.flush();
    outlet.reply() += "{2}";
    outlet.reply() += "{3}";
    outlet.flush();
    outlet.flush();
    CHECK(connection.frames == Frames{"{1}", "[{2},{3}]"});
}

TEST_CASE("replies leave before the notifications that follow them") {
    RecordedConnection connection;
    Outlet outlet(connection, {});
    outlet.reply() += "{1}";
    outlet.send("[n]", {});
    CHECK(connection.frames == Frames{"{1}", "[n]"});
}

TEST_CASE("beyond the limit replies wait, and there is no room for notifications") {
    RecordedConnection connection;
    Outlet outlet(connection, {.limit = 5});
    outlet.send("[12345]", {});
    CHECK_FALSE(outlet.has_room());
    outlet.reply() += "{1}";
    outlet.flush();
    CHECK(outlet.has_waiting_replies());
    CHECK(connection.frames.size() == 1);

    outlet.written(1, ignore);
    outlet.flush();
    CHECK_FALSE(outlet.has_waiting_replies());
    CHECK(connection.frames == Frames{"[12345]", "{1}"});
    CHECK(outlet.has_room());
    CHECK_FALSE(outlet.is_idle());
    outlet.written(1, ignore);
    CHECK(outlet.is_idle());
}

TEST_CASE("a frame of replies closes at its size") {
    RecordedConnection connection;
    Outlet outlet(connection, {.max_frame_bytes = 6});
    for (int i = 0; i < 3; ++i) outlet.reply() += "{123}";
    outlet.flush();
    CHECK(connection.frames == Frames{"{123}", "{123}", "{123}"});
}

TEST_CASE("what a frame delivered is told once it is written, in order") {
    RecordedConnection connection;
    Outlet outlet(connection, {});
    outlet.send("[a]", {1, {Position{"t", 0, 5}}});
    outlet.reply() += "{}";
    outlet.flush();
    outlet.send("[b]", {2, {Position{"t", 0, 9}}});

    std::vector<std::int64_t> offsets;
    const auto note = [&](const Outlet::Delivered& delivered) {
        offsets.push_back(delivered.next[0].offset);
    };
    outlet.written(1, note);
    CHECK(offsets == std::vector<std::int64_t>{5});
    outlet.written(2, note);
    CHECK(offsets == std::vector<std::int64_t>{5, 9});
}

TEST_CASE("frames under way may be made to say nothing of a partition any more") {
    RecordedConnection connection;
    Outlet outlet(connection, {});
    outlet.send("[a]", {1, {Position{"t", 0, 5}, Position{"t", 1, 6}, Position{"u", 0, 7}}});
    outlet.send("[b]", {2, {Position{"t", 0, 8}}});
    outlet.forget(1, {"t", 0});
    outlet.send("[c]", {1, {Position{"t", 0, 1}}});

    std::vector<Position> told;
    outlet.written(3, [&](const Outlet::Delivered& delivered) {
        told.insert(told.end(), delivered.next.begin(), delivered.next.end());
    });
    CHECK(told == std::vector<Position>{{"t", 1, 6}, {"u", 0, 7}, {"t", 0, 8}, {"t", 0, 1}});
}

TEST_CASE("a shared frame leaves behind the replies, and counts as any other") {
    RecordedConnection connection;
    Outlet outlet(connection, {.limit = 5});
    outlet.reply() += "{1}";
    outlet.send_shared(std::make_shared<gateway::RecordedFrame>("[12345]"), {7, {}});
    CHECK(connection.frames == Frames{"{1}", "[12345]"});
    CHECK_FALSE(outlet.has_room());

    std::uint64_t delivered = 0;
    outlet.written(2, [&](const Outlet::Delivered& of) { delivered = of.subscription; });
    CHECK(delivered == 7);
    CHECK(outlet.has_room());
}

TEST_CASE("once the connection is gone everything is dropped") {
    RecordedConnection connection;
    Outlet outlet(connection, {});
    outlet.reply() += "{1}";
    outlet.detach();
    outlet.reply() += "{2}";
    outlet.flush();
    CHECK(connection.frames.empty());
    CHECK(outlet.is_idle());
    CHECK_FALSE(outlet.has_room());
}

}  // namespace
