#include <utility>

#include <doctest/doctest.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

using Texts = std::vector<std::string>;

fanout::Options looking() {
    auto options = Stage::quick();
    options.look_interval = std::chrono::milliseconds(1);
    return options;
}

bool begins_with_t(std::string_view topic) { return topic.starts_with('t'); }

TEST_CASE("a pattern that matches more topics than allowed is refused") {
    auto options = Stage::quick();
    options.max_topics = 2;
    Stage stage(options);
    stage.broker.create("t1", 3);
    stage.broker.create("t2", 1);
    const auto fits = stage.listen({.follows = begins_with_t});
    stage.run();
    CHECK(fits->is_live());

    stage.broker.create("t3", 1);
    const auto refused = stage.listen({.follows = begins_with_t});
    stage.run();
    REQUIRE(refused->error().has_value());
    CHECK(refused->error()->code == Errc::limit_reached);
    CHECK(refused->error()->message.find("fanout.max_topics") != std::string::npos);
    CHECK_FALSE(refused->is_live());
    CHECK_FALSE(fits->error().has_value());
}

TEST_CASE("a pattern that matches too much later ends the subscription") {
    auto options = looking();
    options.max_topics = 2;
    Stage stage(options);
    stage.broker.create("named", 1);
    stage.broker.create("t1", 1);
    const auto listener = stage.listen({.topics = {"named"}, .follows = begins_with_t});
    stage.run();
    REQUIRE(listener->is_live());
    stage.broker.create("t2", 1);
    REQUIRE(stage.run_until([&] { return listener->error().has_value(); }));
    CHECK(listener->error()->code == Errc::limit_reached);
    CHECK(listener->error()->message.find("fanout.max_topics") != std::string::npos);
}

TEST_CASE("a new topic that cannot be located holds up no other, and is followed once it can") {
    Stage stage(looking());
    const auto listener = stage.listen({.follows = begins_with_t});
    stage.run();
    stage.broker.unlocatable["t1"] = Errc::request_timeout;
    for (const char* topic : {"t1", "t2"}) {
        stage.broker.create(topic, 1);
        stage.broker.append(topic, 0);
    }
    REQUIRE(stage.run_until([&] { return !listener->all().empty(); }));
    CHECK(listener->all() == Texts{"t2/0/0"});
    stage.broker.unlocatable.clear();
    REQUIRE(stage.run_until([&] { return listener->all().size() == 2; }));
    CHECK(listener->of("t1", 0) == Texts{"t1/0/0"});
}

TEST_CASE("a topic that is gone before it is located is left out, one that was named is not") {
    Stage stage(looking());
    for (const char* topic : {"named", "t1", "t2"}) stage.broker.create(topic, 1);
    stage.broker.append("t1", 0);
    stage.broker.unlocatable["t2"] = Errc::topic_not_found;
    const auto listener = stage.listen({.topics = {"named"},
                                        .follows = begins_with_t,
                                        .start = Cursor{{"t1", 0, 1}, {"named", 0, 0}}});
    const auto named = stage.listen({.topics = {"t2"}, .follows = begins_with_t});
    stage.run();
    REQUIRE(listener->is_live());
    CHECK(listener->starts() == std::vector<Position>{{"named", 0, 0}, {"t1", 0, 1}});
    REQUIRE(named->error().has_value());
    CHECK(named->error()->code == Errc::topic_not_found);

    stage.broker.unlocatable.clear();
    stage.broker.append("t2", 0);
    CHECK(stage.run_until([&] { return listener->all() == Texts{"t2/0/0"}; }));
}

TEST_CASE("a topic that was deleted and is there again by the next look is followed anew") {
    Stage stage(looking());
    stage.broker.create("t1", 1);
    const auto listener = stage.listen({.follows = begins_with_t});
    stage.run();
    stage.broker.append("t1", 0);
    REQUIRE(stage.run_until([&] { return listener->all().size() == 1; }));
    stage.broker.remove("t1");
    stage.run();
    stage.broker.create("t1", 1);
    stage.broker.append("t1", 0);
    CHECK(stage.run_until([&] { return listener->all() == Texts{"t1/0/0", "t1/0/0"}; }));
    CHECK_FALSE(listener->error().has_value());
}

TEST_CASE("a topic that may not be read any more ends the subscription, and is not begun again") {
    Stage stage(looking());
    stage.broker.create("t1", 1);
    const auto listener = stage.listen({.follows = begins_with_t});
    stage.run();
    for (int i = 0; i < 3; ++i) stage.broker.append("t1", 0);
    stage.run();
    CHECK(listener->all().size() == 3);
    Errc expected = Errc::internal;
    SUBCASE("since it is not allowed") { expected = Errc::not_authorized; }
    SUBCASE("since its broker keeps too little, and that is to be an error") {
        expected = Errc::offset_out_of_range;
        for (int i = 0; i < 3; ++i) stage.broker.append("t1", 0);
        stage.broker.expire("t1", 0, 5);
    }
    stage.broker.unreadable["t1"] = expected;
    REQUIRE(stage.run_until([&] { return listener->error() || listener->all().size() > 3; }));
    CHECK(listener->all().size() == 3);
    REQUIRE(listener->error().has_value());
    CHECK(listener->error()->code == expected);
    CHECK(listener->losses().empty());
}

TEST_CASE("a topic made anew between two looks is followed from its beginning, which is told") {
    Stage stage(looking());
    stage.broker.create("t1", 2);
    const auto listener = stage.listen({.follows = begins_with_t});
    stage.run();
    for (int i = 0; i < 3; ++i) stage.broker.append("t1", 0);
    stage.broker.append("t1", 1);
    stage.run();
    REQUIRE(listener->all().size() == 4);
    SUBCASE("with fewer records than were read") {}
    SUBCASE("with a partition that is gone") {
        stage.broker.unreadable["t1"] = Errc::partition_not_found;
    }
    stage.broker.remove("t1");
    stage.broker.create("t1", 1);
    stage.broker.append("t1", 0);
    REQUIRE(stage.run_until([&] { return listener->losses().size() == 1; }));
    stage.broker.unreadable.clear();
    CHECK(listener->losses()[0] ==
          Lost{.topic = "t1", .partition = 0, .wanted = 3, .next = 0, .earliest = 0, .latest = 1});
    stage.broker.append("t1", 0);
    const Texts both{"t1/0/0", "t1/0/1", "t1/0/2", "t1/0/0", "t1/0/1"};
    CHECK(stage.run_until([&] { return listener->of("t1", 0) == both; }));
    CHECK_FALSE(listener->error().has_value());
}

TEST_CASE("a topic that cannot be read where its follower begins is not begun elsewhere unsaid") {
    Stage stage(looking());
    for (const char* topic : {"t1", "t2"}) stage.broker.create(topic, 1);
    const auto other = stage.listen({.topics = {"t1"}});
    stage.run();
    bool keeps_too_little = false;
    SUBCASE("since it was made anew") {}
    SUBCASE("since its broker keeps too little, and that is to be an error") {
        keeps_too_little = true;
    }
    bool has_ended = false;
    // What is read for all ends while this one is located.
    const auto follows = [&](std::string_view topic) {
        if (!std::exchange(has_ended, true)) {
            stage.broker.unreadable["t1"] = Errc::offset_out_of_range;
            for (int i = 0; i < (keeps_too_little ? 6 : 1); ++i) stage.broker.append("t1", 0);
            if (keeps_too_little) stage.broker.expire("t1", 0, 5);
        }
        return begins_with_t(topic);
    };
    const auto listener = stage.listen({.follows = follows, .start = Cursor{{"t1", 0, 3}}});
    stage.run_interleaved();
    REQUIRE(listener->is_live());
    REQUIRE(listener->starts() == std::vector<Position>{{"t2", 0, 0}});
    if (keeps_too_little) {
        REQUIRE(stage.run_until([&] { return listener->error() || !listener->all().empty(); }));
        REQUIRE(listener->error().has_value());
        CHECK(listener->error()->code == Errc::offset_out_of_range);
        CHECK(listener->all().empty());
    } else {
        REQUIRE(stage.run_until([&] { return listener->losses().size() == 1; }));
        CHECK(
            listener->losses()[0] ==
            Lost{
                .topic = "t1", .partition = 0, .wanted = 3, .next = 0, .earliest = 0, .latest = 1});
        stage.broker.unreadable.clear();
        CHECK(stage.run_until([&] { return listener->all() == Texts{"t1/0/0"}; }));
        CHECK_FALSE(listener->error().has_value());
    }
}

TEST_CASE("a topic made anew ends the subscription that named it") {
    Stage stage(looking());
    stage.broker.create("t1", 1);
    const auto listener = stage.listen({.topics = {"t1"}, .follows = begins_with_t});
    stage.run();
    for (int i = 0; i < 3; ++i) stage.broker.append("t1", 0);
    stage.run();
    stage.broker.remove("t1");
    stage.broker.create("t1", 1);
    REQUIRE(stage.run_until([&] { return listener->error().has_value(); }));
    CHECK(listener->error()->code == Errc::offset_out_of_range);
}

TEST_CASE("a topic is matched when it appears, not at every look") {
    Stage stage(looking());
    stage.broker.create("other", 100);
    int asked = 0;
    const auto listener = stage.listen({.follows = [&](std::string_view topic) {
        if (topic == "other") ++asked;
        return topic == "t1" || topic == "t2" || topic == "t3";
    }});
    stage.run();
    for (const char* topic : {"t1", "t2", "t3"}) {
        stage.broker.create(topic, 1);
        stage.broker.append(topic, 0);
        REQUIRE(stage.run_until([&] { return listener->of(topic, 0).size() == 1; }));
    }
    CHECK(asked <= 2);
}

}  // namespace

}  // namespace gateway::fanout
