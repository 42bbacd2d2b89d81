#include <doctest/doctest.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

TEST_CASE("a topic that does not exist fails, and one that is deleted does later") {
    Stage stage;
    const auto missing = stage.listen({.topics = {"t"}});
    stage.run();
    REQUIRE(missing->error().has_value());
    CHECK(missing->error()->code == Errc::topic_not_found);
    CHECK_FALSE(missing->is_live());

    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}});
    stage.run();
    CHECK_FALSE(listener->error().has_value());
    stage.broker.remove("t");
    stage.run();
    REQUIRE(listener->error().has_value());
    CHECK(listener->error()->code == Errc::topic_not_found);
}

TEST_CASE("a topic that was deleted and is there again is read anew") {
    Stage stage;
    stage.broker.create("t", 1);
    const auto former = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.remove("t");
    stage.run();
    REQUIRE(former->error().has_value());
    stage.broker.create("t", 1);
    const auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.broker.append("t", 0);
    stage.run();
    CHECK(listener->all() == values(0, 1));
}

TEST_CASE("a reader that is refused is asked for again") {
    auto options = Stage::quick();
    options.reader_pause = std::chrono::milliseconds(1);
    Stage stage(options);
    stage.broker.create("t", 1);
    stage.broker.append("t", 0);
    stage.broker.max_readers = 0;
    const auto early = stage.listen({.topics = {"t"}, .start = FromEarliest{}, .view = View{}});
    auto gone = stage.listen({.topics = {"t"}}, 1);
    stage.run();
    gone.reset();
    stage.run();
    const auto late = stage.listen({.topics = {"t"}, .view = View{}}, 1);
    stage.run();
    CHECK_FALSE(early->is_live());
    stage.broker.max_readers = 1;
    REQUIRE(stage.run_until([&] { return early->is_live() && late->is_live(); }));
    stage.broker.append("t", 0);
    REQUIRE(stage.run_until([&] { return !late->all().empty(); }));
    CHECK(late->all() == values(1, 2));
    CHECK(late->frames() == 1);
    CHECK(early->all().empty());
    stage.broker.max_readers = 2;
    REQUIRE(stage.run_until([&] { return early->all().size() == 2; }));
    CHECK(early->all() == values(0, 2));
}

TEST_CASE("a reader that is refused for too long fails those who wait for it") {
    auto options = Stage::quick();
    options.reader_pause = std::chrono::milliseconds(1);
    options.timeout = std::chrono::milliseconds(20);
    Stage stage(options);
    stage.broker.create("t", 1);
    stage.broker.max_readers = 0;
    const auto refused = stage.listen({.topics = {"t"}});
    REQUIRE(stage.run_until([&] { return refused->error().has_value(); }));
    CHECK(refused->error()->code == Errc::limit_reached);
    CHECK_FALSE(refused->is_live());
    stage.broker.max_readers = 1;
    const auto next = stage.listen({.topics = {"t"}});
    CHECK(stage.run_until([&] { return next->is_live(); }));
}

TEST_CASE("those who leave after the trunk has stopped say nothing to it") {
    Stage stage;
    stage.broker.create("t", 1);
    auto listener = stage.listen({.topics = {"t"}, .view = View{}});
    stage.run();
    stage.stop_hub();
    stage.settle();
    REQUIRE(stage.is_idle());
    listener.reset();
    CHECK(stage.is_idle());
}

TEST_CASE("the reader closes when nobody follows, after a while") {
    Stage stage;
    stage.broker.create("t", 1);
    auto listener = stage.listen({.topics = {"t"}});
    stage.run();
    CHECK(stage.broker.readers() == 1);
    listener.reset();
    stage.run();
    CHECK(stage.broker.readers() == 0);
}

}  // namespace

}  // namespace gateway::fanout
