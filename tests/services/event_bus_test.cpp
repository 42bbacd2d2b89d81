#include "services/event_bus.hpp"

#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"

using namespace gateway;
using namespace gateway::services;

namespace {

struct Ear final : EventPost::Listener {
    void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t count) override {
        frames.push_back(frame);
        total += count;
    }
    void heard() override { ++times; }

    std::vector<std::shared_ptr<const SharedFrame>> frames;
    std::size_t total = 0;
    std::size_t times = 0;
};

/// Two threads' posts, which take turns here.
struct Stage {
    explicit Stage(DeskOptions of = {}) : options(of) {}

    void run() {
        for (int round = 0; round < 3; ++round) {
            for (auto* const io : {&one, &two}) {
                io->restart();
                io->poll();
            }
        }
    }

    static std::shared_ptr<const SharedFrame> make(std::string text) {
        return std::make_shared<RecordedFrame>(std::move(text));
    }

    DeskOptions options;
    Counters counters{};
    asio::io_context one;
    asio::io_context two;
    EventBus bus{options, make, 200, counters};
    EventPost here{bus, one.get_executor()};
    EventPost there{bus, two.get_executor()};
};

TEST_CASE("an event is one frame for those who listen on all threads") {
    Stage stage;
    Ear ear;
    Ear far;
    Ear deaf;
    const ListenerId id = stage.here.add(ear);
    REQUIRE_FALSE(stage.here.listen(id, {.pattern = "tick"}));
    REQUIRE_FALSE(stage.there.listen(stage.there.add(far), {.service = "clock"}));
    REQUIRE_FALSE(stage.there.listen(stage.there.add(deaf), {.pattern = "tock"}));
    REQUIRE_FALSE(stage.here.emit("clock", "tick", "[1]"));
    CHECK(ear.frames.empty());
    stage.run();
    REQUIRE(ear.frames.size() == 1);
    REQUIRE(far.frames.size() == 1);
    CHECK(ear.frames[0] == far.frames[0]);
    CHECK(ear.frames[0]->text() ==
          R"([{"id":0,"t":"event","p":{"name":"tick","service":"clock","data":[1]}}])");
    CHECK(deaf.frames.empty());
    CHECK(deaf.times == 0);
}

TEST_CASE("what is emitted in one go comes in order, neighbours of one name together") {
    Stage stage;
    Ear ear;
    const ListenerId id = stage.there.add(ear);
    REQUIRE_FALSE(stage.there.listen(id, {.pattern = ">"}));
    for (const char* name : {"a", "a", "b", "a"}) REQUIRE_FALSE(stage.here.emit("", name, "0"));
    stage.run();
    REQUIRE(ear.frames.size() == 3);
    CHECK(ear.frames[0]->text() == R"([{"id":0,"t":"event","p":{"name":"a","data":0}},)"
                                   R"({"id":1,"t":"event","p":{"name":"a","data":0}}])");
    CHECK(ear.frames[2]->text() == R"([{"id":3,"t":"event","p":{"name":"a","data":0}}])");
    CHECK(ear.total == 4);
    CHECK(ear.times == 1);
}

TEST_CASE("a frame of events is closed at its size") {
    Stage stage;
    Ear ear;
    const ListenerId id = stage.here.add(ear);
    REQUIRE_FALSE(stage.here.listen(id, {.pattern = "a"}));
    for (int i = 0; i < 10; ++i) REQUIRE_FALSE(stage.here.emit("", "a", "\"0123456789\""));
    stage.run();
    CHECK(ear.total == 10);
    CHECK(ear.frames.size() > 2);
    for (const auto& frame : ear.frames) CHECK(frame->size() <= 300);
}

TEST_CASE("one that is gone hears nothing, not even what was on its way") {
    Stage stage;
    Ear ear;
    const ListenerId id = stage.here.add(ear);
    REQUIRE_FALSE(stage.here.listen(id, {.pattern = "a"}));
    REQUIRE_FALSE(stage.here.emit("", "a", "0"));
    stage.here.remove(id);
    stage.run();
    CHECK(ear.frames.empty());
    CHECK(ear.times == 0);
}

TEST_CASE("names and patterns are checked, and bounded in number") {
    Stage stage({.max_listens = 2});
    Ear ear;
    const ListenerId id = stage.here.add(ear);
    CHECK(stage.here.emit("", "a.*", "0")->code == Errc::invalid_event);
    CHECK(stage.here.listen(id, {.pattern = "a*"})->code == Errc::invalid_event);
    CHECK(stage.here.listen(id, {.service = "a b"})->code == Errc::invalid_service);
    CHECK(stage.here.unlisten(id, {.pattern = "a"})->code == Errc::not_subscribed);
    CHECK_FALSE(stage.here.listen(id, {.pattern = "a"}));
    CHECK_FALSE(stage.here.listen(id, {.pattern = "b"}));
    CHECK_FALSE(stage.here.listen(id, {.pattern = "b"}));
    CHECK(stage.here.listen(id, {.pattern = "c"})->code == Errc::limit_reached);
    CHECK_FALSE(stage.here.unlisten(id, {.pattern = "a"}));
    CHECK_FALSE(stage.here.listen(id, {.pattern = "c"}));
}

TEST_CASE("events that a thread is behind with are refused, until it has caught up") {
    Stage stage({.max_event_backlog_bytes = 100});
    Ear ear;
    const ListenerId id = stage.there.add(ear);
    REQUIRE_FALSE(stage.there.listen(id, {.pattern = "a"}));
    REQUIRE_FALSE(stage.here.emit("", "a", "\"" + std::string(90, 'x') + "\""));
    CHECK(stage.here.emit("", "a", "0")->code == Errc::queue_full);
    stage.one.poll();
    CHECK(stage.here.emit("", "a", "0")->code == Errc::queue_full);
    stage.run();
    CHECK_FALSE(stage.here.emit("", "a", "0"));
    stage.run();
    CHECK(ear.total == 2);
}

TEST_CASE("nobody is behind with what nobody listens to") {
    Stage stage({.max_event_backlog_bytes = 100});
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(stage.here.emit("", "a", "\"0123456789\""));
    stage.run();
    Ear ear;
    const ListenerId id = stage.there.add(ear);
    REQUIRE_FALSE(stage.there.listen(id, {.pattern = "a"}));
    REQUIRE_FALSE(stage.here.emit("", "a", "0"));
    stage.run();
    CHECK(ear.total == 1);
}

}  // namespace
