#include "gateway/session.hpp"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "gateway/stage.hpp"

using namespace gateway;
using namespace std::chrono_literals;
using gateway::testing::Stage;

namespace {

constexpr auto subscribe_a = R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a"]}})";
constexpr auto subscribed_a = R"({"id":0,"refid":1,"t":"topic","a":"subscribe","p":["a"],"s":0})";

TEST_CASE("what is sent after the subscribe reply is received") {
    Stage stage;
    CHECK(stage.ask(subscribe_a) == subscribed_a);
    CHECK(stage.ask(R"({"id":2,"t":"notif","a":"create","p":{"t":"a","m":"hello"}})") ==
          R"([{"id":0,"t":"notif","p":"hello"}])");
}

TEST_CASE("a send with ack is answered with its place") {
    Stage stage;
    CHECK(
        stage.ask(R"({"id":"x","t":"notif","a":"send","p":{"t":"a","m":"1","ack":true}})") ==
        R"({"id":0,"refid":"x","t":"notif","a":"send","s":0,"p":{"topic":"a","partition":0,"offset":0}})");
}

TEST_CASE("an array of sends is answered once, with the place or the error of each") {
    Stage stage;
    CHECK(
        stage.ask(
            R"({"id":1,"t":"notif","a":"create","p":[{"t":"a","m":"1","ack":true},{"t":"a","m":"2"}]})") ==
        R"({"id":0,"refid":1,"t":"notif","a":"create","s":0,"p":[{"topic":"a","partition":0,"offset":0},)"
        R"({"topic":"a","partition":0,"offset":1}]})");
    const std::string reply = stage.ask(
        R"({"id":2,"t":"notif","a":"create","p":[{"t":"a","m":"3"},{"t":"a b","m":"4"}]})");
    CHECK(reply.find(R"("s":1,"p":{"code":"invalid_topic")") != std::string::npos);
    CHECK(reply.find(
              R"("results":[{"topic":"a","partition":0,"offset":2},{"code":"invalid_topic")") !=
          std::string::npos);
}

TEST_CASE("a refused send without ack is answered too") {
    Stage stage(Stage::at_once(), {.auto_create = false});
    CHECK(stage.ask(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":"1"}})")
              .find(R"("refid":1,"t":"notif","a":"create","s":1,"p":{"code":"topic_not_found")") !=
          std::string::npos);
}

TEST_CASE("a record above the limit is refused, and the next one is not") {
    SessionOptions options = Stage::at_once();
    options.producer.max_record_bytes = 3;
    Stage stage(options);
    CHECK(stage.ask(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":"1234"}})")
              .find("record_too_large") != std::string::npos);
    CHECK(stage.ask(R"({"id":2,"t":"notif","a":"create","p":{"t":"a","m":"123","ack":true}})")
              .find(R"("offset":0)") != std::string::npos);
}

TEST_CASE("sends wait for the limit or the interval of the batch") {
    SessionOptions options = Stage::at_once();
    options.producer.batch = {.limit = 2, .interval = 1h};
    Stage stage(options);
    stage.send(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":"1","ack":true}})");
    CHECK(stage.ask(R"({"id":2,"t":"health"})").find(R"("refid":2)") != std::string::npos);
    stage.send(R"({"id":3,"t":"notif","a":"create","p":{"t":"a","m":"2","ack":true}})");
    CHECK(stage.next().find(R"("refid":1)") != std::string::npos);
}

TEST_CASE("a subscription replaces the former one") {
    Stage stage;
    CHECK(stage.ask(subscribe_a) == subscribed_a);
    CHECK(stage.ask(R"({"id":2,"t":"topic","a":"subscribe","p":{"t":["b"]}})") ==
          R"({"id":1,"refid":2,"t":"topic","a":"subscribe","p":["b"],"s":0})");
    stage.send(
        R"([{"t":"notif","a":"create","p":{"t":"a","m":"old"}},{"t":"notif","a":"create","p":{"t":"b","m":"new"}}])");
    CHECK(stage.next() == R"([{"id":0,"t":"notif","p":"new"}])");
}

TEST_CASE("a subscribe that is overtaken before it is live is superseded") {
    Stage stage;
    stage.send(std::string("[") + subscribe_a +
               R"(,{"id":2,"t":"topic","a":"subscribe","p":{"t":["b"]}}])");
    const std::string replies = stage.next();
    CHECK(replies.find(R"("refid":1,"t":"topic","a":"subscribe","s":1,"p":{"code":"superseded")") !=
          std::string::npos);
    CHECK(stage.next().find(R"("refid":2,"t":"topic","a":"subscribe","p":["b"],"s":0)") !=
          std::string::npos);
}

TEST_CASE("topics can be given up one by one") {
    Stage stage;
    stage.ask(R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a","b"]}})");
    CHECK(stage.ask(R"({"id":2,"t":"topic","a":"unsubscribe","p":{"t":["c"]}})")
              .find("not_subscribed") != std::string::npos);
    CHECK(stage.ask(R"({"id":3,"t":"topic","a":"unsubscribe","p":{"t":["a"]}})") ==
          R"({"id":2,"refid":3,"t":"topic","a":"unsubscribe","s":0})");
    CHECK(stage.ask(R"({"id":4,"t":"health"})").find(R"("topics":["b"])") != std::string::npos);
    CHECK(stage.ask(R"({"id":5,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})") ==
          R"({"id":4,"refid":5,"t":"topic","a":"unsubscribe","s":0})");
    CHECK(stage.ask(R"({"id":6,"t":"topic","a":"unsubscribe"})") ==
          R"({"id":5,"refid":6,"t":"topic","a":"unsubscribe","s":0})");
    CHECK(stage.ask(R"({"id":7,"t":"topic","a":"unsubscribe","p":{"t":["b"]}})")
              .find("not_subscribed") != std::string::npos);
}

TEST_CASE("only what was written is committed") {
    Stage stage;
    stage.ask(subscribe_a);
    stage.send(R"({"t":"notif","a":"create","p":{"t":"a","m":"1"}})");
    CHECK(stage.next() == R"([{"id":0,"t":"notif","p":"1"}])");
    stage.send(R"({"t":"notif","a":"create","p":{"t":"a","m":"2"}})");
    stage.until([&] { return stage.connection.frames.size() > stage.read; });
    // The second frame is on its way and never written: the next member of the group gets it.
    stage.close();

    RecordedConnection other;
    const auto session = stage.shard.sessions.accept(stage.shard, other);
    session->received_text(subscribe_a);
    stage.until([&] { return other.frames.size() == 2; });
    CHECK(other.frames[1].find(R"("p":"2")") != std::string::npos);
    CHECK(other.frames[1].find(R"("p":"1")") == std::string::npos);
    session->closed();
}

TEST_CASE("a client that does not read is given a bounded amount, and then goes on without loss") {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 1000;
    options.consumer.max_frame_bytes = 500;
    Stage stage(options);
    stage.ask(subscribe_a);
    for (int i = 0; i < 200; ++i) {
        stage.send(
            R"({"t":"notif","a":"create","p":{"t":"a","m":"0123456789012345678901234567890123456789"}})");
    }
    CHECK(stage.connection.is_reading);
    std::size_t bytes = 0;
    std::size_t seen = 0;
    stage.until([&] { return stage.connection.frames.size() > stage.read + 1; });
    stage.io.restart();
    stage.io.run_for(50ms);
    for (std::size_t i = stage.read; i < stage.connection.frames.size(); ++i) {
        bytes += stage.connection.frames[i].size();
    }
    CHECK(bytes < 2500);
    while (seen < 200) {
        const std::string frame = stage.next();
        for (std::size_t at = 0; (at = frame.find("notif", at)) != std::string::npos; ++at) ++seen;
    }
    CHECK(seen == 200);
}

TEST_CASE("a client whose replies wait is read no further") {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 200;
    Stage stage(options);
    while (stage.connection.is_reading) stage.send("nonsense");
    CHECK(stage.connection.frames.size() >= 1);
    while (!stage.connection.is_reading) stage.next();
    stage.send(R"({"id":1,"t":"health"})");
    while (stage.next().find(R"("refid":1,"t":"health","s":0)") == std::string::npos) continue;
}

TEST_CASE("too many requests at once are refused, and later ones are not") {
    SessionOptions options = Stage::at_once();
    options.requests.max_in_flight = 1;
    Stage stage(options);
    stage.send(R"([{"id":1,"t":"topic","a":"list"},{"id":2,"t":"topic","a":"list"}])");
    CHECK(stage.next().find(
              R"("refid":2,"t":"topic","a":"list","s":1,"p":{"code":"too_many_requests")") !=
          std::string::npos);
    CHECK(stage.next().find(R"("refid":1,"t":"topic","a":"list","s":0)") != std::string::npos);
    CHECK(stage.ask(R"({"id":3,"t":"topic","a":"list"})").find(R"("s":0)") != std::string::npos);
}

TEST_CASE("what a closed connection sent still reaches the broker") {
    SessionOptions options = Stage::at_once();
    options.producer.batch = {.limit = 100, .interval = 1h};
    Stage stage(options);
    stage.send(R"({"t":"notif","a":"create","p":{"t":"a","m":"1"}})");
    stage.close();
    stage.until([&] { return stage.shard.sessions.lingering() == 0; });

    RecordedConnection other;
    const auto session = stage.shard.sessions.accept(stage.shard, other);
    stage.options.producer.batch.interval.reset();
    session->received_text(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":"2","ack":true}})");
    stage.until([&] { return other.frames.size() == 1; });
    CHECK(other.frames[0].find(R"("offset":1)") != std::string::npos);
    session->closed();
}

TEST_CASE("what comes while it drains is refused, not lost in silence") {
    SessionOptions options = Stage::at_once();
    options.producer.batch = {.limit = 100, .interval = 1h};
    Stage stage(options);
    stage.send(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":"1","ack":true}})");
    stage.shard.sessions.drain([] {});
    CHECK(stage.ask(R"({"id":2,"t":"notif","a":"create","p":{"t":"a","m":"2"}})")
              .find(R"("refid":2,"t":"notif","a":"create","s":1,"p":{"code":"draining")") !=
          std::string::npos);
    stage.until([&] { return stage.connection.frames.size() > stage.read; });
    stage.next();
    stage.until([&] { return stage.connection.closed.has_value(); });
}

TEST_CASE("draining answers what was sent, commits, and then closes with 1001") {
    SessionOptions options = Stage::at_once();
    options.producer.batch = {.limit = 100, .interval = 1h};
    Stage stage(options);
    stage.ask(subscribe_a);
    stage.send(R"({"id":2,"t":"notif","a":"create","p":{"t":"a","m":"1","ack":true}})");
    bool drained = false;
    stage.shard.sessions.drain([&] { drained = true; });
    CHECK_FALSE(stage.connection.is_reading);
    while (stage.next().find(R"("refid":2)") == std::string::npos) continue;
    stage.until([&] { return stage.connection.closed.has_value(); });
    CHECK(*stage.connection.closed == CloseCode::going_away);
    stage.close();
    stage.until([&] { return drained; });
}

}  // namespace
