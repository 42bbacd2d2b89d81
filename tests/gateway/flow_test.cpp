#include <chrono>
#include <string>
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

std::string subscribe(std::string_view options) {
    return R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a"])" + std::string(options) + "}}";
}

constexpr auto pull_two = R"({"id":2,"t":"notif","a":"pull","p":{"n":2}})";

std::string ack(int offset) {
    return R"({"id":4,"t":"notif","a":"ack","p":{"topic":"a","partition":0,"offset":)" +
           std::to_string(offset) + "}}";
}

TEST_CASE("a subscription that is pulled sends as many notifications as were asked for") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"flow":"pull")"));
    other.publish("a", {"0", "1", "2", "3", "4"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());

    CHECK(client.ask(pull_two) == R"({"id":1,"refid":2,"t":"notif","a":"pull","s":0})");
    CHECK(client.values(2) == Texts{"0", "1"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());

    client.ask(pull_two);
    CHECK(client.values(2) == Texts{"2", "3"});
    client.ask(pull_two);
    CHECK(client.values(1) == Texts{"4"});
    other.publish("a", {"5", "6"});
    CHECK(client.values(1) == Texts{"5"});
}

TEST_CASE("credit adds up, also before the subscription is live, and has a limit") {
    SessionOptions options = Stage::at_once();
    options.consumer.max_credit = 5;
    Stage stage(options);
    Client client(stage);
    Client other(stage);
    client.send("[" + subscribe(R"(,"flow":"pull")") + "," + pull_two + "," + pull_two + "," +
                pull_two + "]");
    const std::string replies = client.next();
    CHECK(has(replies, R"("refid":2,"t":"notif","a":"pull","s":1,"p":{"code":"limit_reached")"));
    client.next();
    other.publish("a", {"0", "1", "2", "3", "4"});
    CHECK(client.values(4) == Texts{"0", "1", "2", "3"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
}

TEST_CASE("what was asked for leaves at once when it is complete, else with its batch") {
    SessionOptions options = Stage::at_once();
    options.consumer.batch.interval = 1h;
    Stage stage(options);
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"flow":"pull")"));
    client.ask(pull_two);
    other.publish("a", {"0"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
    other.publish("a", {"1"});
    CHECK(client.values(2) == Texts{"0", "1"});
}

TEST_CASE("a subscription that is pushed cannot be pulled") {
    Stage stage;
    Client client(stage);
    CHECK(has(client.ask(pull_two), R"("code":"not_subscribed")"));
    client.ask(subscribe(""));
    CHECK(has(client.ask(pull_two), R"("code":"invalid_payload")"));
}

TEST_CASE("a paused subscription sends nothing until it is resumed, and loses nothing") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"sub":"x")"));
    constexpr auto pause = R"({"id":2,"t":"topic","a":"pause","p":{"sub":"x"}})";
    constexpr auto resume = R"({"id":3,"t":"topic","a":"resume","p":{"sub":"x"}})";
    CHECK(client.ask(pause) == R"({"id":1,"refid":2,"t":"topic","a":"pause","s":0})");
    CHECK(has(client.ask(pause), R"("s":0)"));
    other.publish("a", {"0", "1"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
    CHECK(has(client.ask(resume), R"("refid":3,"t":"topic","a":"resume","s":0)"));
    CHECK(client.values(2) == Texts{"0", "1"});
    CHECK(has(client.ask(resume), R"("s":0)"));
    CHECK(has(client.ask(R"({"id":2,"t":"topic","a":"pause"})"), R"("code":"not_subscribed")"));
}

TEST_CASE("what was gathered before a pause leaves before its reply, or after the resume") {
    SessionOptions options = Stage::at_once();
    options.consumer.batch.interval = 1h;
    options.max_buffered_bytes = 150;
    Stage stage(options);
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(""));
    other.publish("a", {"0"});
    client.send(R"({"id":2,"t":"topic","a":"pause"})");
    CHECK(client.values(1) == Texts{"0"});
    CHECK(has(client.next(), R"("a":"pause","s":0)"));

    client.ask(R"({"id":3,"t":"topic","a":"resume"})");
    other.publish("a", {"1"});
    client.send(R"({"id":4,"t":"health"})");  // Its reply fills the socket.
    stage.until([&] { return !client.unwritten().empty(); });
    client.send(R"({"id":2,"t":"topic","a":"pause"})");
    client.next();
    CHECK(has(client.next(), R"("a":"pause","s":0)"));
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
    client.ask(R"({"id":3,"t":"topic","a":"resume"})");
    CHECK(client.values(1) == Texts{"1"});
}

TEST_CASE("a paused subscription that is ended delivers what it gathered") {
    SessionOptions options = Stage::at_once();
    options.consumer.batch.interval = 1h;
    options.max_buffered_bytes = 150;
    Stage stage(options);
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(""));
    other.publish("a", {"0"});
    client.send(R"({"id":4,"t":"health"})");
    stage.until([&] { return !client.unwritten().empty(); });
    client.send(R"({"id":2,"t":"topic","a":"pause"})");
    client.send(R"({"id":3,"t":"topic","a":"unsubscribe"})");
    client.next();
    client.next();
    CHECK(client.values(1) == Texts{"0"});
    CHECK(has(client.next(), R"("a":"unsubscribe","s":0)"));
}

TEST_CASE("a client that acknowledges gets as many records as may wait for it") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"ack":"client","max_unacked":2)"));
    other.publish("a", {"0", "1", "2", "3"});
    CHECK(client.values(2) == Texts{"0", "1"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
    CHECK(client.ask(ack(1)) == R"({"id":1,"refid":4,"t":"notif","a":"ack","s":0})");
    CHECK(client.values(1) == Texts{"2"});
}

TEST_CASE("no more may wait for acknowledgements than the configuration allows") {
    SessionOptions options = Stage::at_once();
    options.consumer.max_unacked = 2;
    Stage stage(options);
    Client client(stage);
    CHECK(has(
        client.ask(subscribe(R"(,"ack":"client","max_unacked":3)")),
        R"("code":"invalid_payload","message":"p.max_unacked is above consumer.max_unacked, 2")"));
    CHECK(has(client.ask(subscribe(R"(,"ack":"client","max_unacked":2)")), R"("s":0)"));
}

TEST_CASE("an acknowledgement of what does not wait is refused, of an array the rest counts") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    CHECK(has(client.ask(ack(0)), R"("code":"not_subscribed")"));
    client.ask(subscribe(R"(,"ack":"client","max_unacked":1)"));
    other.publish("a", {"0", "1"});
    CHECK(client.values(1) == Texts{"0"});
    CHECK(has(client.ask(ack(1)), R"("code":"offset_out_of_range")"));
    CHECK(has(client.ask(R"({"t":"notif","a":"ack","p":[{"topic":"b","partition":0,"offset":0},)"
                         R"({"topic":"a","partition":0,"offset":0}]})"),
              R"("refid":null,"t":"notif","a":"ack","s":1,"p":{"code":"offset_out_of_range")"));
    CHECK(client.values(1) == Texts{"1"});
}

TEST_CASE("an acknowledgement without an id is answered only if it fails") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"ack":"client","max_unacked":1)"));
    other.publish("a", {"0", "1"});
    CHECK(client.values(1) == Texts{"0"});
    client.send(R"({"t":"notif","a":"ack","p":{"topic":"a","partition":0,"offset":0}})");
    CHECK(client.values(1) == Texts{"1"});
}

TEST_CASE("what is written is acknowledged by itself, if the client does not want to") {
    Stage stage;
    Client client(stage);
    client.ask(subscribe(""));
    CHECK(has(client.ask(ack(0)), R"("code":"invalid_payload")"));
}

TEST_CASE("after a takeover everything comes from the first record that is not acknowledged") {
    Stage stage;
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"(,"ack":"client")"));
        other.publish("a", {"0", "1", "2", "3"});
        CHECK(client.values(4) == Texts{"0", "1", "2", "3"});
        client.ask(ack(0));
        client.ask(ack(2));
    }
    Client next(stage);
    next.ask(subscribe(R"(,"ack":"client")"));
    CHECK(next.values(3) == Texts{"1", "2", "3"});
    for (const int offset : {1, 2, 3}) next.ask(ack(offset));
    next.ask(R"({"id":5,"t":"topic","a":"unsubscribe"})");
    other.publish("a", {"4"});
    next.ask(subscribe(""));
    CHECK(next.values(1) == Texts{"4"});
}

TEST_CASE("what waits for a slow client goes with its partition, and is not acknowledged later") {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 100;
    options.consumer.max_frame_bytes = 100;
    Stage stage(options);
    Client other(stage);
    other.ask(R"({"id":1,"t":"topic","a":"create","p":[{"topic":"a","partitions":2}]})");
    const auto publish = [&](int value) {
        other.ask(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","partition":0,"ack":true,"m":)" +
                  std::to_string(value) + "}}");
    };
    constexpr auto options_of_slow = R"(,"slow":"conflate","ack":"client")";
    {
        Client slow(stage);
        slow.ask(subscribe(options_of_slow));
        for (int value = 0; value < 20; ++value) publish(value);
        stage.run_for(20ms);
        {
            Client taker(stage);
            taker.ask(subscribe(R"(,"ack":"client")"));
            CHECK_FALSE(taker.values(1).empty());
        }
        Texts got;
        for (const int last : {20, 21}) {
            publish(last);
            while (got.empty() || got.back() != std::to_string(last)) {
                Client::append_values(slow.next(), got);
            }
        }
        stage.run_for(20ms);
    }
    Client next(stage);
    next.ask(subscribe(R"(,"ack":"client")"));
    CHECK(next.values(1).front() == "0");
}

TEST_CASE("only records with the keys asked for come, and the others count as handled") {
    Stage stage;
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"(,"keys":["x","y"])"));
        other.publish("a", {"0"}, "x");
        other.publish("a", {"1"}, "z");
        other.publish("a", {"2"});
        other.publish("a", {"3"}, "y");
        CHECK(client.values(2) == Texts{"0", "3"});
        other.publish("a", {"4"}, "z");
        stage.run_for(20ms);
    }
    Client next(stage);
    next.ask(subscribe(""));
    other.publish("a", {"5"});
    CHECK(next.values(1) == Texts{"5"});
}

TEST_CASE("what is left out is not committed before what precedes it is written") {
    Stage stage;
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"(,"keys":["x"])"));
        other.publish("a", {"0"}, "x");
        other.publish("a", {"1"}, "z");
        stage.until([&] { return client.unwritten().size() == 1; });
        stage.run_for(20ms);
    }
    Client next(stage);
    next.ask(subscribe(""));
    CHECK(next.values(2) == Texts{"0", "1"});
}

TEST_CASE("what is left out needs no acknowledgement") {
    Stage stage;
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"(,"keys":["x"],"ack":"client","max_unacked":1)"));
        other.publish("a", {"0", "1"}, "z");
        other.publish("a", {"2"}, "x");
        CHECK(client.values(1) == Texts{"2"});
        other.publish("a", {"3"}, "z");
        stage.run_for(20ms);
    }
    Client next(stage);
    next.ask(subscribe(""));
    CHECK(next.values(2) == Texts{"2", "3"});
}

TEST_CASE("the keys of a live subscription can be changed, and be given up") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"keys":["x"])"));
    other.publish("a", {"0"}, "x");
    CHECK(client.values(1) == Texts{"0"});
    CHECK(client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":null,"keys":["y"]}})") ==
          R"({"id":1,"refid":2,"t":"notif","a":"filter","s":0})");
    other.publish("a", {"1"}, "x");
    other.publish("a", {"2"}, "y");
    CHECK(client.values(1) == Texts{"2"});
    client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":null}})");
    other.publish("a", {"3"}, "x");
    other.publish("a", {"4"}, "y");
    CHECK(client.values(1) == Texts{"4"});
    client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":null,"keys":null}})");
    other.publish("a", {"5"});
    CHECK(client.values(1) == Texts{"5"});
}

TEST_CASE("only records that match the filter come, and it can be changed") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"filter":{"a":1},"sub":"x")"));
    const auto send = [&](const std::string& value) {
        other.ask(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","ack":true,"m":)" + value +
                  "}}");
    };
    send(R"({"a":2,"is":"0"})");
    send(R"("text")");
    send(R"({"a":1,"is":"1"})");
    CHECK(client.next() == R"([{"id":2,"t":"notif","sub":"x","p":"{\"a\":1,\"is\":\"1\"}"}])");
    CHECK(stage.counters.not_json == 1);
    client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":{"a":2},"sub":"x"}})");
    send(R"({"a":1})");
    send(R"({"a":2})");
    CHECK(has(client.next(), R"(\"a\":2)"));
}

TEST_CASE("a filter that is none is refused with the place and the reason, and changes nothing") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    CHECK(has(client.ask(subscribe(R"(,"filter":{"a":{"gt":true}})")),
              R"("code":"invalid_filter","message":"filter[\"a\"].gt)"));
    client.ask(subscribe(R"(,"filter":{"$key":"k"})"));
    CHECK(has(client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":{"a":[]}}})"),
              R"("code":"invalid_filter")"));
    other.publish("a", {"0"}, "j");
    other.publish("a", {"1"}, "k");
    CHECK(client.values(1) == Texts{"1"});
}

TEST_CASE("a filter looks at headers, from the beginning of the subscription") {
    Stage stage;
    Client client(stage);
    Client plain(stage);
    Client other(stage);
    client.ask(subscribe(R"(,"filter":{"$headers.h":"1"},"consumer_group":"g")"));
    plain.ask(subscribe(R"(,"consumer_group":"h")"));
    CHECK(has(plain.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":{"$headers.h":"1"}}})"),
              R"("code":"not_supported")"));
    for (const std::string h : {"0", "1"}) {
        other.ask(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":"v)" + h +
                  R"(","h":{"h":")" + h + R"("},"ack":true}})");
    }
    CHECK(client.values(1) == Texts{"v1"});
}

TEST_CASE("more keys than allowed are refused") {
    SessionOptions options = Stage::at_once();
    options.consumer.max_keys = 2;
    Stage stage(options);
    Client client(stage);
    CHECK(has(client.ask(subscribe(R"(,"keys":["x","y","z"])")), R"("code":"limit_reached")"));
    client.ask(subscribe(R"(,"keys":["x","y"])"));
    CHECK(has(
        client.ask(R"({"id":2,"t":"notif","a":"filter","p":{"filter":null,"keys":["x","y","z"]}})"),
        R"("code":"limit_reached")"));
}

}  // namespace
