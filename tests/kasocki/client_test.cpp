#include "kasocki/client.hpp"

#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "kasocki/stage.hpp"

using namespace gateway;
using namespace gateway::kasocki;
using Strings = std::vector<std::string>;

namespace {

/// How an error is answered: in the ack, and as the event "err".
void check_refused(const Strings& sent, std::string_view name, std::string_view code) {
    CAPTURE(sent);
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].starts_with(R"(7:{"name":")" + std::string(name) + R"(","message":")"));
    CHECK(sent[0].find(R"("code":")" + std::string(code) + R"(","socketEvent":")") !=
          std::string::npos);
    CHECK(sent[0].ends_with(",null"));
    CHECK(sent[1] == "err:" + sent[0].substr(2, sent[0].size() - 7));
}

TEST_CASE("a client is told the topics, in order, when it comes") {
    Stage stage;
    stage.arrive();
    CHECK(stage.read().empty());
    stage.settle();
    CHECK(stage.read() == Strings{R"(ready:["a","b","c"])"});
}

TEST_CASE("only the main namespace is served") {
    Stage stage;
    CHECK_FALSE(stage.door.accept(stage.peer, {.name_space = "/other", .auth = "{}"}));
}

TEST_CASE("topics that are not allowed are not there") {
    Stage stage({.allowed_topics = {"c", "a", "missing"}});
    stage.arrive();
    stage.settle();
    CHECK(stage.read() == Strings{R"(ready:["a","c"])"});
    check_refused(stage.ask("subscribe", R"(["a","b"])"), "TopicNotAvailableError",
                  "topic_not_found");
    CHECK_FALSE(stage.broadcasts.open_one);
    stage.subscribe(R"("a")");
}

TEST_CASE("clients that come together share the question for the topics") {
    Stage stage;
    stage.connect();
    FakePeer second;
    FakePeer third;
    stage.broker().listings = 0;
    const auto second_client = stage.door.accept(second, {.name_space = "/", .auth = "{}"});
    const auto third_client = stage.door.accept(third, {.name_space = "/", .auth = "{}"});
    second_client->connected();
    stage.broker().topics["d"] = {{0, 0}};
    third_client->connected();
    stage.settle();
    CHECK(second.sent == Strings{R"(ready:["a","b","c"])"});
    CHECK(third.sent == Strings{R"(ready:["a","b","c","d"])"});
    CHECK(stage.broker().listings == 2);
    second_client->disconnected();
    third_client->disconnected();
    CHECK(stage.door.clients() == 1);
}

TEST_CASE("what is emitted before ready is done after it, in order") {
    Stage stage;
    stage.arrive();
    stage.emit("subscribe", R"("b")", 1);
    stage.emit("filter", R"({"n":2})", 2);
    stage.emit("start", "null", 3);
    stage.settle();
    CHECK(stage.read() == Strings{R"(ready:["a","b","c"])"});
    stage.live();
    CHECK(stage.read() == Strings{R"(1:null,[{"topic":"b","partition":0,"offset":-1}])",
                                  R"(2:null,{"n":2})", "3:null,null"});
    CHECK(stage.records({R"({"n":1})", R"({"n":2})"}) == 2);
    CHECK(stage.read() == Strings{"message:" + message(R"("n":2,)", 1)});
}

TEST_CASE("too much that waits is refused") {
    SessionOptions options;
    options.requests.max_in_flight = 2;
    Stage stage({}, options);
    stage.arrive();
    stage.emit("stop", "null", 1);
    stage.emit("stop", "null", 2);
    stage.emit("stop", "null", 7);
    check_refused(stage.read(), "KasockiError", "too_many_requests");
    stage.settle();
    CHECK(stage.read() == Strings{R"(ready:["a","b","c"])", "1:null,null", "2:null,null"});
}

TEST_CASE("a broker that does not answer is told, and asked again until it does") {
    Stage stage;
    stage.broker().error = Error(Errc::broker_unavailable, "away");
    stage.arrive();
    stage.emit("stop", "null", 1);
    stage.settle();
    CHECK(stage.read() == Strings{R"(err:{"name":"KasockiError","message":"away",)"
                                  R"("origin":"Kasocki","code":"broker_unavailable"})"});
    stage.broker().error.reset();
    stage.io.restart();
    while (stage.peer.sent.empty()) REQUIRE(stage.io.run_one_for(std::chrono::seconds(10)) > 0);
    CHECK(stage.read() == Strings{R"(ready:["a","b","c"])", "1:null,null"});
}

TEST_CASE("names are subscribed at their ends, and answered once they are live") {
    Stage stage;
    stage.connect();
    stage.emit("subscribe", R"(["b","a","b"])", 1);
    stage.settle();
    CHECK(stage.read().empty());
    REQUIRE(stage.broadcasts.open_one);
    const auto& options = stage.broadcasts.open_one->options;
    CHECK(options.topics == Strings{"a", "b"});
    CHECK(std::holds_alternative<FromLatest>(options.start));
    CHECK_FALSE(options.view);
    stage.live();
    CHECK(stage.read() == Strings{R"(1:null,[{"topic":"a","partition":0,"offset":-1},)"
                                  R"({"topic":"a","partition":1,"offset":-1},)"
                                  R"({"topic":"b","partition":0,"offset":-1}])"});
}

TEST_CASE("assignments begin at their offsets and times, and other partitions do not come") {
    Stage stage;
    stage.connect();
    stage.emit(
        "subscribe",
        R"([{"topic":"a","partition":1,"offset":3},{"topic":"b","partition":0,"timestamp":4}])", 1);
    stage.settle();
    REQUIRE(stage.broadcasts.open_one);
    auto& open = *stage.broadcasts.open_one;
    CHECK(open.options.topics == Strings{"a", "b"});
    CHECK(std::get<Cursor>(open.options.start) == Cursor{{"a", 0, 5}, {"a", 1, 3}, {"b", 0, 4}});
    stage.live();
    CHECK(stage.read() == Strings{R"(1:null,[{"topic":"a","partition":1,"offset":3},)"
                                  R"({"topic":"b","partition":0,"offset":4,"timestamp":4}])"});

    stage.ask("start");
    const std::vector<Record> records{{.topic = "a", .partition = 0, .value = "not even JSON"},
                                      {.topic = "a", .partition = 1, .offset = 3, .value = "{}"},
                                      {.topic = "b", .partition = 0, .offset = 4, .value = "{}"}};
    CHECK(open.events.records(records) == 3);
    const Strings sent = stage.read();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].starts_with(R"(message:{"meta":{"topic":"a","partition":1,"offset":3,)"));
    CHECK(sent[1].starts_with(R"(message:{"meta":{"topic":"b","partition":0,"offset":4,)"));
}

TEST_CASE("-1 is the end and -2 the beginning, as librdkafka has them") {
    Stage stage;
    stage.connect();
    const auto* wanted =
        R"([{"topic":"a","partition":0,"offset":-2},{"topic":"a","partition":1,"offset":-1}])";
    stage.emit("subscribe", wanted, 1);
    stage.settle();
    CHECK(std::get<Cursor>(stage.broadcasts.open_one->options.start) ==
          Cursor{{"a", 0, 2}, {"a", 1, 7}});
    stage.live();
    CHECK(stage.read() == Strings{"1:null," + std::string(wanted)});
    CHECK(stage.broker().locations == 1);
}

TEST_CASE("what cannot be subscribed is refused by name, and something else may be tried") {
    Stage stage;
    stage.connect();
    for (const auto* topics : {"null", "{}", "[]", "5", R"([{"topic":"b"}])"}) {
        CAPTURE(topics);
        check_refused(stage.ask("subscribe", topics), "InvalidTopicError", "invalid_payload");
    }
    for (const auto* topics : {R"("missing")", R"(["b","missing"])", R"("not a topic!")", R"("")",
                               R"([{"topic":"missing","partition":0,"offset":0}])"}) {
        CAPTURE(topics);
        check_refused(stage.ask("subscribe", topics), "TopicNotAvailableError", "topic_not_found");
    }
    check_refused(stage.ask("subscribe", R"([{"topic":"b","partition":1,"offset":0}])"),
                  "InvalidTopicError", "partition_not_found");

    stage.emit("subscribe", R"([{"topic":"b","partition":0,"offset":99}])", 7);
    stage.settle();
    stage.broadcasts.open_one->events.failed(Error(Errc::offset_out_of_range, "0 to 9"));
    check_refused(stage.read(), "InvalidTopicError", "offset_out_of_range");

    stage.broadcasts.refusal = Errc::limit_reached;
    check_refused(stage.ask("subscribe", R"("b")"), "KasockiError", "limit_reached");
    stage.broadcasts.refusal.reset();

    stage.broker().error = Errc::broker_unavailable;
    check_refused(stage.ask("subscribe", R"("b")"), "KasockiError", "broker_unavailable");
    stage.broker().error.reset();

    stage.subscribe();
    check_refused(stage.ask("subscribe", R"("b")"), "AlreadySubscribedError", "already_subscribed");
}

TEST_CASE("a topic that is created after the client came can be subscribed") {
    Stage stage;
    stage.connect();
    stage.broker().topics["new"] = {{0, 0}};
    stage.subscribe(R"("new")");
}

TEST_CASE("a subscription that does not get live is given up") {
    SessionOptions options;
    options.consumer.join_timeout = std::chrono::milliseconds(1);
    Stage stage({}, options);
    stage.connect();
    stage.emit("subscribe", R"("b")", 7);
    stage.io.restart();
    while (stage.peer.sent.empty()) REQUIRE(stage.io.run_one_for(std::chrono::seconds(10)) > 0);
    check_refused(stage.read(), "KasockiError", "request_timeout");
    CHECK_FALSE(stage.broadcasts.open_one);
}

TEST_CASE("nothing is consumed before there is a subscription") {
    Stage stage;
    stage.connect();
    check_refused(stage.ask("consume"), "NotSubscribedError", "not_subscribed");
    check_refused(stage.ask("start"), "NotSubscribedError", "not_subscribed");
    CHECK(stage.ask("stop") == Strings{"7:null,null"});
}

TEST_CASE("consume answers with one message each, in order") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    CHECK(stage.records({"{}"}) == 0);

    stage.emit("consume", "null", 1);
    CHECK(stage.broadcasts.resumed == 1);
    CHECK(stage.records({R"({"n":0})", R"({"n":1})"}) == 1);
    CHECK(stage.read() == Strings{"1:null," + message(R"("n":0,)", 0)});

    stage.emit("consume", "null", 2);
    stage.emit("consume", "null");
    stage.emit("consume", "null", 3);
    CHECK(stage.broadcasts.resumed == 2);
    CHECK(stage.records({R"({"n":1})", R"({"n":2})", R"({"n":3})", R"({"n":4})"}, 1) == 3);
    CHECK(stage.read() ==
          Strings{"2:null," + message(R"("n":1,)", 1), "3:null," + message(R"("n":3,)", 3)});
}

TEST_CASE("started, messages are emitted until it is stopped") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    CHECK(stage.ask("start") == Strings{"7:null,null"});
    check_refused(stage.ask("start"), "AlreadyStartedError", "already_started");
    CHECK(stage.records({"{}", "{}"}) == 2);
    CHECK(stage.read() == Strings{"message:" + message("", 0), "message:" + message("", 1)});

    CHECK(stage.ask("stop") == Strings{"7:null,null"});
    CHECK(stage.records({"{}"}, 2) == 0);
    CHECK(stage.ask("start") == Strings{"7:null,null"});
    CHECK(stage.broadcasts.resumed == 1);
    CHECK(stage.records({"{}"}, 2) == 1);
    CHECK(stage.read() == Strings{"message:" + message("", 2)});
}

TEST_CASE("a message that is consumed while it is started is not emitted, too") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.ask("start");
    stage.emit("consume", "null", 1);
    CHECK(stage.records({"{}", "{}"}) == 2);
    CHECK(stage.read() == Strings{"1:null," + message("", 0), "message:" + message("", 1)});
}

TEST_CASE("a filter holds from the next record on, and null removes it") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.ask("start");
    const auto* filter = R"({"top":1,"sub.field":"/^(green|blue).*/"})";
    CHECK(stage.ask("filter", filter) == Strings{"7:null," + std::string(filter)});
    CHECK(stage.records({R"({"top":1,"sub":{"field":"greenish"}})",
                         R"({"top":2,"sub":{"field":"green"}})",
                         R"({"top":1,"sub":{"field":"red"}})", "no JSON"}) == 4);
    CHECK(stage.read() ==
          Strings{"message:" + message(R"("top":1,"sub":{"field":"greenish"},)", 0)});
    CHECK(stage.counters.not_json == 1);

    for (const auto* nothing : {"null", "false", "0", R"("")"}) {
        CHECK(stage.ask("filter", nothing) == Strings{"7:null,null"});
    }
    CHECK(stage.records({R"({"top":2})"}, 4) == 1);
    CHECK(stage.read() == Strings{"message:" + message(R"("top":2,)", 4)});
}

TEST_CASE("a filter may ask for where a message comes from") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.ask("start");
    stage.ask("filter", R"({"meta.offset":1,"n":{"gte":0}})");
    CHECK(stage.records({R"({"n":0})", R"({"n":1})"}) == 2);
    CHECK(stage.read() == Strings{"message:" + message(R"("n":1,)", 1)});
}

TEST_CASE("an invalid filter is refused, and the one before stays") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.ask("start");
    stage.ask("filter", R"({"n":1})");
    for (const auto* filter : {"1", "[]", R"("a")", R"({"a":{"b":1}})", R"({"a":"/(/"})"}) {
        CAPTURE(filter);
        check_refused(stage.ask("filter", filter), "InvalidFilterError", "invalid_filter");
    }
    CHECK(stage.records({R"({"n":0})", R"({"n":1})"}) == 2);
    CHECK(stage.read() == Strings{"message:" + message(R"("n":1,)", 1)});
}

TEST_CASE("a record that is no JSON object is told, and passed over") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.emit("consume", "null", 1);
    CHECK(stage.records({"[1]", "{}"}) == 2);
    const Strings sent = stage.read();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].starts_with(R"(err:{"name":"InvalidMessageError","message":")"));
    CHECK(sent[0].ends_with(R"("origin":"Kasocki","code":"malformed_message","topic":"b",)"
                            R"("partition":0,"offset":0})"));
    CHECK(sent[1] == "1:null," + message("", 1));
}

TEST_CASE("a client that does not read stops its records until it does") {
    SessionOptions options;
    options.max_buffered_bytes = 1000;
    Stage stage({}, options);
    stage.connect();
    stage.subscribe();
    stage.emit("start", "null");
    const std::string value = R"({"text":")" + std::string(300, 'x') + R"("})";
    const std::size_t taken = stage.records({value, value, value, value, value});
    CHECK(taken == 3);
    CHECK(stage.peer.sent.size() == 3);
    CHECK(stage.peer.is_reading);

    stage.written(1);
    CHECK(stage.broadcasts.resumed == 0);
    stage.written(1);
    CHECK(stage.broadcasts.resumed == 1);
    CHECK(stage.records({value, value}, 3) == 2);
}

TEST_CASE("a client that asks and does not read is read no further until it does") {
    SessionOptions options;
    options.max_buffered_bytes = 1000;
    Stage stage({}, options);
    stage.connect();
    while (stage.peer.is_reading) {
        REQUIRE(stage.peer.sent.size() < 1000);
        stage.emit("stop", "null", 7);
    }
    CHECK(stage.peer.sent.size() > 10);
    stage.read();
    CHECK(stage.peer.is_reading);
}

TEST_CASE("only so many messages are asked for at once") {
    SessionOptions options;
    options.requests.max_in_flight = 2;
    Stage stage({}, options);
    stage.connect();
    stage.subscribe();
    stage.emit("consume", "null", 1);
    stage.emit("consume", "null", 2);
    check_refused(stage.ask("consume"), "KasockiError", "too_many_requests");
    CHECK(stage.records({"{}", "{}", "{}"}) == 2);
}

TEST_CASE("records that are not kept any more are told") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.broadcasts.open_one->events.lost({"b", 0, 3, 6, 4, 9});
    const Strings sent = stage.read();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].starts_with(R"(err:{"name":"KasockiError",)"));
    CHECK(sent[0].ends_with(R"("code":"offset_out_of_range","topic":"b","partition":0,)"
                            R"("from":3,"to":6,"latest":9})"));
}

TEST_CASE("a subscription that ends by itself is told to who waits, and may be replaced") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.emit("consume", "null", 7);
    stage.emit("start", "null");
    stage.broadcasts.open_one->events.failed(Errc::topic_not_found);
    check_refused(stage.read(), "TopicNotAvailableError", "topic_not_found");
    check_refused(stage.ask("consume"), "NotSubscribedError", "not_subscribed");

    stage.subscribe();
    stage.broadcasts.open_one->events.failed(Errc::topic_not_found);
    const Strings sent = stage.read();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].starts_with(R"(err:{"name":"TopicNotAvailableError",)"));
}

TEST_CASE("an event that there is none, or with binary values, is refused") {
    Stage stage;
    stage.connect();
    check_refused(stage.ask("subscrbe", R"("b")"), "KasockiError", "unknown_action");
    const Strings long_name = stage.ask(std::string(5000, 'x'));
    REQUIRE(long_name.size() == 2);
    CHECK(long_name[1].ends_with(R"("origin":"Kasocki","code":"unknown_action"})"));
    const std::string_view placeholder = R"({"_placeholder":true,"num":0})";
    stage.client->received(
        {.name = "filter", .arguments = std::span(&placeholder, 1), .ack = 7, .is_binary = true});
    check_refused(stage.read(), "KasockiError", "binary_not_supported");
}

TEST_CASE("events need no arguments") {
    Stage stage;
    stage.connect();
    stage.client->received({.name = "stop", .arguments = {}, .ack = 1});
    stage.client->received({.name = "subscribe", .arguments = {}, .ack = 7});
    Strings sent = stage.read();
    CHECK(sent.front() == "1:null,null");
    sent.erase(sent.begin());
    check_refused(sent, "InvalidTopicError", "invalid_payload");
}

TEST_CASE("a client that says disconnect is, at once and for good") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.ask("start");
    CHECK(stage.ask("disconnect") == Strings{"7:null,null"});
    CHECK(stage.peer.is_disconnected);
    CHECK_FALSE(stage.broadcasts.open_one);
    check_refused(stage.ask("consume"), "AlreadyClosingError", "draining");
    check_refused(stage.ask("subscribe", R"("a")"), "AlreadyClosingError", "draining");
}

TEST_CASE("a client that goes ends its broadcast, whatever it was about to do") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    std::exchange(stage.client, nullptr)->disconnected();
    CHECK_FALSE(stage.broadcasts.open_one);
    CHECK(stage.door.clients() == 0);

    stage.connect();
    stage.emit("subscribe", R"([{"topic":"b","partition":0,"timestamp":4}])", 1);
    const auto client = std::exchange(stage.client, nullptr);
    client->disconnected();
    stage.settle();
    CHECK_FALSE(stage.broadcasts.open_one);
    CHECK(stage.peer.sent.empty());
}

TEST_CASE("draining closes every client and takes no more") {
    Stage stage;
    stage.connect();
    stage.subscribe();
    stage.door.drain();
    CHECK(stage.peer.closed == CloseCode::going_away);
    check_refused(stage.ask("start"), "AlreadyClosingError", "draining");
    FakePeer late;
    CHECK_FALSE(stage.door.accept(late, {.name_space = "/", .auth = "{}"}));
}

}  // namespace
