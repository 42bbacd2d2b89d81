#include "gateway/broadcast.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "gateway/client.hpp"
#include "gateway/stage.hpp"

using namespace gateway;
using namespace std::chrono_literals;
using gateway::testing::Client;
using gateway::testing::has;
using gateway::testing::Stage;
using Texts = std::vector<std::string>;

namespace {

/// Broadcasts that are open: the test says what comes.
struct Fake final : Broadcasts {
    struct Open {
        Options options;
        Broadcast::Events* events = nullptr;
        std::vector<std::optional<View>> views{};
        Cursor position{};
        int resumed = 0;
        bool is_closed = false;
    };

    struct One final : Broadcast {
        explicit One(std::shared_ptr<Open> open_in) : open(std::move(open_in)) {}
        void resume() override { ++open->resumed; }
        void commit(std::span<const Position>) override {}
        void close(std::function<void()> done) override {
            open->is_closed = true;
            done();
        }
        void change(std::optional<View> view) override { open->views.push_back(std::move(view)); }
        [[nodiscard]] Cursor position() const override { return open->position; }

        std::shared_ptr<Open> open;
    };

    Result<std::unique_ptr<Broadcast>> open(Broker&, Options options,
                                            Broadcast::Events& events) override {
        if (refusal) return *refusal;
        opened.push_back(std::make_shared<Open>(Open{std::move(options), &events}));
        return std::unique_ptr<Broadcast>(std::make_unique<One>(opened.back()));
    }

    std::vector<std::shared_ptr<Open>> opened;
    std::optional<Error> refusal{};  ///< For who opens one from now on.
};

/// A client of a shard that has broadcasts.
struct Scene {
    explicit Scene(SessionOptions options = Stage::at_once()) : stage(std::move(options)) {
        stage.shard.broadcasts = &broadcasts;
    }

    /// The broadcast that a subscribe with these options opens; it is live from offset 5 on.
    Fake::Open& subscribe(std::string_view options = "") {
        client.send(R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a"],"mode":"broadcast")" +
                    std::string(options) + "}}");
        stage.until([&] { return broadcasts.opened.size() > subscribed; });
        subscribed = broadcasts.opened.size();
        Fake::Open& open = *broadcasts.opened.back();
        const Position start{"a", 0, 5};
        open.events->live({&start, 1});
        CHECK(has(client.next(), R"("o":[{"topic":"a","partition":0,"offset":5}],"s":0)"));
        return open;
    }

    static bool frame(Fake::Open& open, const std::string& text, std::int64_t from,
                      std::int64_t to) {
        const Range range{"a", 0, from, to};
        return open.events->frame(std::make_shared<RecordedFrame>(text), {&range, 1});
    }

    static bool record(Fake::Open& open, std::int64_t offset, std::string_view value) {
        const Record record{.topic = "a", .offset = offset, .value = value};
        return open.events->records({&record, 1}) == 1;
    }

    Fake broadcasts;
    Stage stage;
    Client client{stage};
    std::size_t subscribed = 0;  ///< Broadcasts that were opened for it.
};

/// One frame under way is as much as the socket takes.
SessionOptions narrow() {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 40;
    options.consumer.max_frame_bytes = 40;
    return options;
}

TEST_CASE("a broadcast is opened with its topics, its start and what it sees") {
    Scene scene;
    const auto& open =
        scene.subscribe(R"(,"from":{"last":3},"sub":"x","meta":true,"keys":["k","j"],)"
                        R"("filter":{"a":1})");
    CHECK(open.options.topics == Texts{"a"});
    CHECK(std::get<FromLast>(open.options.start).offsets == 3);
    REQUIRE(open.options.view);
    CHECK(open.options.view->sub == R"("x")");
    CHECK(open.options.view->meta);
    CHECK_FALSE(open.options.view->decode_json);
    CHECK(open.options.view->filter->text() == R"({"a":1})");
    CHECK(*open.options.view->keys == Texts{"j", "k"});
    CHECK_FALSE(open.options.snapshot);
    CHECK_FALSE(open.options.follows);
}

TEST_CASE("a broadcast of patterns is told which topics to follow") {
    Scene scene;
    scene.client.send(
        R"({"t":"topic","a":"subscribe","p":{"t":["a","^b\\.","^c$"],"mode":"broadcast"}})");
    scene.stage.until([&] { return !scene.broadcasts.opened.empty(); });
    const auto& options = scene.broadcasts.opened.back()->options;
    CHECK(options.topics == Texts{"a"});
    REQUIRE(options.follows);
    CHECK(options.follows("b.x"));
    CHECK(options.follows("c"));
    CHECK_FALSE(options.follows("cc"));
    CHECK_FALSE(options.follows("ab.x"));
}

TEST_CASE("every alternative of a pattern begins where a topic's name does") {
    Scene scene;
    scene.client.send(
        R"({"t":"topic","a":"subscribe","p":{"t":["^b|c","^(?i)d"],"mode":"broadcast"}})");
    scene.stage.until([&] { return !scene.broadcasts.opened.empty(); });
    const auto& follows = scene.broadcasts.opened.back()->options.follows;
    for (const auto* const topic : {"b", "bx", "c", "D"}) CHECK(follows(topic));
    for (const auto* const topic : {"ab", "ac", "ad"}) CHECK_FALSE(follows(topic));
}

TEST_CASE("one that cannot take the frames of others gets records instead") {
    Scene scene;
    for (const auto* const options : {R"(,"flow":"pull")", R"(,"slow":"conflate")",
                                      R"(,"mq_limit":5)", R"(,"mq_interval":null)"}) {
        CAPTURE(options);
        CHECK_FALSE(scene.subscribe(options).options.view);
    }
    CHECK(scene.subscribe(R"(,"slow":"drop","decode":"json")").options.view);
}

TEST_CASE("what encodes for itself shares the search for its keys") {
    Scene scene;
    for (const auto* const options : {R"(,"flow":"pull")", R"(,"mq_interval":50,"sub":"x")"}) {
        const auto& view = scene.subscribe(std::string(options) + R"(,"keys":["k"])").options.view;
        REQUIRE(view);
        CHECK(view->as_records);
        CHECK(view->sub.empty());
        CHECK(view->keys == Texts{"k"});
    }
}

TEST_CASE("with \"drop\" one that does not want all gets records, so that gaps are its own") {
    Scene scene(narrow());
    CHECK_FALSE(scene.subscribe(R"(,"slow":"drop","filter":{"a":1})").options.view);
    Fake::Open& open = scene.subscribe(R"(,"slow":"drop","keys":["k"])");
    CHECK(open.options.view->as_records);
    const auto offer = [&](std::int32_t partition, std::int64_t offset, std::string_view key) {
        const std::string value(50, ' ');
        const Record record{
            .topic = "a", .partition = partition, .offset = offset, .key = key, .value = value};
        CHECK(open.events->records({&record, 1}) == 1);
    };
    for (std::int64_t offset = 5; offset < 8; ++offset) offer(0, offset, "k");
    for (std::int64_t offset = 5; offset < 8; ++offset) offer(1, offset, "j");
    offer(0, 8, "j");
    scene.client.next();
    scene.client.next();
    CHECK(scene.client.values(1) == Texts{"7-8"});
    scene.stage.run_for(20ms);
    CHECK(scene.client.unwritten().empty());
}

TEST_CASE("with \"drop\" a filter that comes or goes changes how its records come") {
    Scene scene;
    Fake::Open& open = scene.subscribe(R"(,"slow":"drop")");
    scene.client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":{"a":1}}})");
    scene.client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":null}})");
    REQUIRE(open.views.size() == 2);
    CHECK_FALSE(open.views.front());
    CHECK(open.views.back());
}

TEST_CASE("frames of others leave as they are, behind what was gathered before them") {
    SessionOptions options = Stage::at_once();
    options.consumer.batch.interval = 1h;
    Scene scene(options);
    Fake::Open& open = scene.subscribe();
    CHECK(Scene::record(open, 5, "five"));
    CHECK(Scene::frame(open, "[6]", 6, 7));
    CHECK(scene.client.values(1) == Texts{"five"});
    CHECK(scene.client.next() == "[6]");
}

TEST_CASE("a frame that finds no room is refused, and asked for again when there is some") {
    Scene scene(narrow());
    Fake::Open& open = scene.subscribe();
    const std::string large(50, ' ');
    CHECK(Scene::frame(open, large, 5, 6));
    CHECK_FALSE(Scene::frame(open, "[6]", 6, 7));
    CHECK(open.resumed == 0);
    CHECK(scene.client.next() == large);
    CHECK(open.resumed == 1);
    CHECK(Scene::frame(open, "[6]", 6, 7));
    CHECK(scene.client.next() == "[6]");
}

TEST_CASE("a frame is refused while the subscription is paused, and comes after it") {
    Scene scene;
    Fake::Open& open = scene.subscribe();
    scene.client.ask(R"({"id":2,"t":"topic","a":"pause"})");
    CHECK_FALSE(Scene::frame(open, "[5]", 5, 6));
    CHECK(open.resumed == 0);
    scene.client.ask(R"({"id":2,"t":"topic","a":"resume"})");
    CHECK(open.resumed == 1);
    CHECK(Scene::frame(open, "[5]", 5, 6));
    CHECK(scene.client.next() == "[5]");
}

TEST_CASE("with \"drop\" frames that find no room are left out, as one gap") {
    Scene scene(narrow());
    Fake::Open& open = scene.subscribe(R"(,"slow":"drop")");
    const std::string large(50, ' ');
    CHECK(Scene::frame(open, large, 5, 6));
    CHECK(Scene::frame(open, "[6]", 6, 8));
    CHECK(Scene::frame(open, "[8]", 8, 11));
    CHECK(scene.client.next() == large);
    CHECK(scene.client.values(1) == Texts{"6-11"});
    CHECK(Scene::frame(open, "[11]", 11, 12));
    CHECK(scene.client.next() == "[11]");
}

TEST_CASE("with \"close\" a frame that finds no room for long ends the connection") {
    SessionOptions options = narrow();
    options.consumer.slow_timeout = 20ms;
    Scene scene(options);
    Fake::Open& open = scene.subscribe(R"(,"slow":"close")");
    CHECK(Scene::frame(open, std::string(50, ' '), 5, 6));
    CHECK_FALSE(Scene::frame(open, "[6]", 6, 7));
    scene.stage.until([&] { return scene.client.connection().closed.has_value(); });
    CHECK(*scene.client.connection().closed == CloseCode::slow_consumer);
}

TEST_CASE("subscriptions of a client that reads slowly send a frame each in turn") {
    Scene scene(narrow());
    std::vector<Fake::Open*> all;
    for (const auto* const sub : {"x", "y", "z"}) {
        all.push_back(&scene.subscribe(R"(,"mq_limit":1,"sub":")" + std::string(sub) + R"(")"));
    }
    std::string order;
    while (order.size() < 12) {
        // Each always has more; who is served first would take all the room.
        for (Fake::Open* open : all) {
            while (Scene::record(*open, 5, "0123456789")) continue;
        }
        const std::string frame = scene.client.next();
        order += frame[frame.find(R"("sub":")") + 7];
    }
    CHECK(has(order, "xyzxyzxyz"));
}

TEST_CASE("what the broker has lost is announced as a gap that says what it has") {
    Scene scene;
    Fake::Open& open = scene.subscribe(R"(,"sub":"x")");
    open.events->lost({"a", 0, 5, 9, 9, 12});
    CHECK(
        scene.client.next() ==
        R"([{"id":0,"t":"notif","a":"gap","sub":"x","p":{"topic":"a","partition":0,"from":5,"to":9,)"
        R"("code":"offset_out_of_range","earliest":9,"latest":12}}])");
}

TEST_CASE("the end of a snapshot stands where it belongs") {
    SessionOptions options = Stage::at_once();
    options.consumer.batch.interval = 10ms;
    Scene scene(options);
    Fake::Open& open = scene.subscribe(R"(,"snapshot":true)");
    CHECK(open.options.snapshot);
    CHECK(Scene::record(open, 5, "five"));
    open.events->snapshot_ended();
    CHECK(Scene::record(open, 6, "six"));
    CHECK(scene.client.next() ==
          R"([{"id":0,"t":"notif","p":"five"},{"id":1,"t":"notif","a":"snapshot_end"},)"
          R"({"id":2,"t":"notif","p":"six"}])");
}

TEST_CASE("a broadcast that gives up a topic goes on with the others where it stands") {
    Scene scene;
    scene.client.send(
        R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"],"mode":"broadcast"}})");
    Fake::Open& open = *scene.broadcasts.opened.back();
    const std::vector<Position> starts{{"a", 0, 5}, {"b", 0, 50}};
    open.events->live(starts);
    scene.client.next();
    CHECK(Scene::frame(open, "[5]", 5, 7));
    CHECK(Scene::record(open, 7, "seven"));
    scene.client.next();
    scene.client.next();

    // Of the last ones the view sees nothing.
    open.position = {{"a", 0, 12}, {"b", 0, 60}};
    scene.client.send(R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})");
    scene.stage.until([&] { return scene.broadcasts.opened.size() == 2; });
    CHECK(open.is_closed);
    Fake::Open& rest = *scene.broadcasts.opened.back();
    CHECK(rest.options.topics == Texts{"a"});
    CHECK(std::get<Cursor>(rest.options.start) == Cursor{{"a", 0, 12}});
    rest.events->live(std::span(starts).first(1));
    CHECK(has(scene.client.next(), R"("refid":2,"t":"topic","a":"unsubscribe","s":0)"));
}

TEST_CASE("a broadcast that cannot go on without a topic has ended, which is said") {
    Scene scene;
    scene.client.send(
        R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"],"mode":"broadcast"}})");
    const std::vector<Position> starts{{"a", 0, 5}, {"b", 0, 50}};
    scene.broadcasts.opened.back()->events->live(starts);
    scene.client.next();
    const auto give_up = [&] {
        scene.client.send(R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})");
    };
    const auto check = [&](const std::string& code) {
        const std::string replies = scene.client.next();
        CAPTURE(replies);
        CHECK(
            has(replies, R"("refid":2,"t":"topic","a":"unsubscribe","s":1,"p":{"code":")" + code));
        CHECK(has(replies, R"("refid":1,"t":"topic","a":"subscribe","s":1,"p":{"code":")" + code));
        CHECK(has(scene.client.ask(R"({"id":3,"t":"topic","a":"pause"})"), "not_subscribed"));
    };
    SUBCASE("refused at once") {
        scene.broadcasts.refusal = Error(Errc::broker_unavailable);
        give_up();
        check("broker_unavailable");
    }
    SUBCASE("refused later") {
        give_up();
        scene.stage.until([&] { return scene.broadcasts.opened.size() == 2; });
        scene.broadcasts.opened.back()->events->failed(Error(Errc::offset_out_of_range));
        check("offset_out_of_range");
    }
}

TEST_CASE("what could not be sent before a topic was given up comes again, and nothing else") {
    Scene scene(narrow());
    scene.client.send(
        R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"],"mode":"broadcast"}})");
    Fake::Open& open = *scene.broadcasts.opened.back();
    const std::vector<Position> starts{{"a", 0, 5}, {"a", 1, 5}, {"b", 0, 50}};
    open.events->live(starts);
    scene.client.next();
    CHECK(Scene::frame(open, std::string(50, ' '), 5, 7));
    CHECK(Scene::record(open, 7, "seven"));

    open.position = {{"a", 0, 8}, {"a", 1, 9}, {"b", 0, 60}};
    scene.client.send(R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})");
    scene.stage.until([&] { return scene.broadcasts.opened.size() == 2; });
    const Fake::Open& rest = *scene.broadcasts.opened.back();
    CHECK(std::get<Cursor>(rest.options.start) == Cursor{{"a", 0, 7}, {"a", 1, 9}});
}

TEST_CASE("what could not be sent of a topic made anew comes again from its beginning") {
    Scene scene(narrow());
    scene.client.send(
        R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"],"mode":"broadcast"}})");
    Fake::Open& open = *scene.broadcasts.opened.back();
    const std::vector<Position> starts{{"a", 0, 5}, {"b", 0, 50}};
    open.events->live(starts);
    scene.client.next();
    CHECK(Scene::frame(open, std::string(50, ' '), 5, 7));
    open.events->lost({"a", 0, 7, 0, 0, 20});

    // Further than the log before it was read.
    open.position = {{"a", 0, 12}, {"b", 0, 60}};
    scene.client.send(R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})");
    scene.stage.until([&] { return scene.broadcasts.opened.size() == 2; });
    const Fake::Open& rest = *scene.broadcasts.opened.back();
    CHECK(std::get<Cursor>(rest.options.start).empty());
}

TEST_CASE("a broadcast that fails while a topic is given up goes on behind what was sent") {
    Scene scene(narrow());
    scene.client.send(
        R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"],"mode":"broadcast"}})");
    Fake::Open& open = *scene.broadcasts.opened.back();
    const std::vector<Position> starts{{"a", 0, 5}, {"b", 0, 50}};
    open.events->live(starts);
    scene.client.next();
    CHECK(Scene::frame(open, std::string(50, ' '), 5, 7));
    CHECK(Scene::record(open, 7, "seven"));
    scene.client.send(R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})");
    open.events->failed(Error(Errc::topic_not_found));
    scene.stage.until([&] { return scene.broadcasts.opened.size() == 2; });
    const Fake::Open& rest = *scene.broadcasts.opened.back();
    CHECK(std::get<Cursor>(rest.options.start) == Cursor{{"a", 0, 7}});
}

TEST_CASE("a filter that is changed changes what the broadcast sees") {
    Scene scene;
    Fake::Open& open = scene.subscribe(R"(,"filter":{"a":1})");
    scene.client.ask(
        R"({"id":2,"t":"notif","a":"filter","p":{"filter":{"$headers.b":"2"},"keys":["k"]}})");
    REQUIRE(open.views.size() == 1);
    CHECK(open.views.front()->filter->text() == R"({"$headers.b":"2"})");
    CHECK(*open.views.front()->keys == Texts{"k"});
}

TEST_CASE("what was gathered before a filter is changed leaves before the reply") {
    SessionOptions options = Stage::at_once();
    options.consumer.batch.interval = 1h;
    Scene scene(options);
    Fake::Open& open = scene.subscribe();
    CHECK(Scene::record(open, 5, "five"));
    scene.client.send(R"({"id":2,"t":"notif","a":"filter","p":{"filter":{"a":1}}})");
    CHECK(scene.client.values(1) == Texts{"five"});
    CHECK(has(scene.client.next(), R"("a":"filter","s":0)"));
}

TEST_CASE("a broadcast that fails is answered with the request that began it, before and after") {
    Scene scene;
    scene.client.send(
        R"({"id":7,"t":"topic","a":"subscribe","p":{"t":["b"],"mode":"broadcast","sub":"x"}})");
    scene.broadcasts.opened.back()->events->failed(Errc::topic_not_found);
    CHECK(has(scene.client.next(),
              R"("refid":7,"t":"topic","a":"subscribe","s":1,"p":{"code":"topic_not_found")"));

    scene.subscribed = 1;
    Fake::Open& open = scene.subscribe();
    open.events->failed(Errc::topic_not_found);
    CHECK(has(scene.client.next(), R"("refid":1,"t":"topic","a":"subscribe","s":1)"));
}

}  // namespace
