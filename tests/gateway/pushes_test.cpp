#include "gateway/pushes.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"

using namespace gateway;

namespace {

using Frames = std::vector<std::string>;

struct Fixture {
    /// A frame that fills the socket's room, so that what follows waits.
    void fill() {
        outlet.push(std::string(100, '.'));
        filled = connection.frames.size();
    }

    /// What followed, once the client has read everything.
    Frames rest() {
        while (written < connection.frames.size()) {
            const std::size_t frames = connection.frames.size() - written;
            written += frames;
            outlet.written(frames, [](const Outlet::Delivered&) {});
            pushes.flush();
        }
        return {connection.frames.begin() + static_cast<std::ptrdiff_t>(filled),
                connection.frames.end()};
    }

    void events(std::string text, std::size_t count = 1) {
        pushes.add_events(std::make_shared<RecordedFrame>(std::move(text)), count);
    }

    PushOptions options{.max_waiting = 3, .max_waiting_bytes = 20, .max_unread_command_bytes = 10};
    RecordedConnection connection;
    Counters counters{};
    Outlet outlet{connection, {.limit = 100}};
    Pushes pushes{outlet, options, counters};
    std::size_t written = 0;
    std::size_t filled = 0;
};

TEST_CASE("what comes leaves at once where there is room") {
    Fixture test;
    test.pushes.add_command("a");
    test.events("b");
    test.pushes.add_change("c");
    CHECK(test.connection.frames == Frames{"a", "b", "c"});
    CHECK(test.pushes.is_empty());
}

TEST_CASE("commands that come while a frame is under way leave together, in their order") {
    Fixture test;
    test.pushes.add_command("1");
    test.pushes.add_command("2");
    test.pushes.add_command("3");
    CHECK(test.connection.frames == Frames{"1"});
    CHECK(test.rest() == Frames{"1", "[2,3]"});
    CHECK(test.pushes.is_empty());

    test.pushes.add_command("4");
    test.pushes.add_command("5");
    test.events("b");
    CHECK(test.rest() == Frames{"1", "[2,3]", "4", "5", "b"});
}

TEST_CASE("a frame takes commands up to a size") {
    PushOptions options;
    RecordedConnection connection;
    Counters counters{};
    Outlet outlet(connection, {});
    Pushes pushes(outlet, options, counters);
    const std::string large(40 << 10, '.');
    for (int i = 0; i < 5; ++i) pushes.add_command(large);
    pushes.flush();
    REQUIRE(connection.frames.size() == 3);
    CHECK(connection.frames[0] == large);
    CHECK(connection.frames[1] == '[' + large + ',' + large + ']');
    CHECK(connection.frames[2] == connection.frames[1]);
}

TEST_CASE("what waits leaves in its order once there is room") {
    Fixture test;
    test.fill();
    test.events("a");
    test.pushes.add_command("b");
    test.pushes.add_change("c");
    CHECK_FALSE(test.pushes.is_empty());
    CHECK(test.rest() == Frames{"a", "b", "c"});
    CHECK(test.pushes.is_empty());
}

TEST_CASE("events beyond the limit are counted where they would have been") {
    Fixture test;
    test.fill();
    for (const char* text : {"1", "2", "3"}) test.events(text);
    test.events("4", 5);
    test.events("5", 2);
    CHECK(test.rest() ==
          Frames{"1", "2", "3", R"([{"id":0,"t":"event","a":"gap","p":{"count":7}}])"});
    test.fill();
    test.events("6");
    CHECK(test.rest() == Frames{"6"});
}

TEST_CASE("events and changes that are left out are counted apart, and commands never are") {
    Fixture test;
    test.fill();
    for (const char* text : {"1", "2", "3"}) test.pushes.add_change(text);
    test.events("e");
    test.pushes.add_command("c");
    test.pushes.add_change("4");
    test.events("f");
    CHECK(test.rest() == Frames{"1", "2", "3",
                                R"([{"id":0,"t":"event","a":"gap","p":{"count":2}}])", "c",
                                R"({"id":1,"t":"service","a":"gap","p":{"count":1}})"});
}

TEST_CASE("one that is larger than all that may wait comes all the same, alone") {
    Fixture test;
    test.fill();
    test.events(std::string(30, 'x'));
    test.events("y");
    const Frames frames = test.rest();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0] == std::string(30, 'x'));
    CHECK(frames[1].find(R"("count":1)") != std::string::npos);
}

TEST_CASE("a client that leaves too many bytes of commands unread is too slow") {
    Fixture test;
    test.fill();
    test.pushes.add_command(std::string(10, 'x'));
    CHECK_FALSE(test.pushes.is_too_slow());
    test.pushes.add_command("y");
    CHECK(test.pushes.is_too_slow());
    test.rest();
    CHECK_FALSE(test.pushes.is_too_slow());
}

}  // namespace
