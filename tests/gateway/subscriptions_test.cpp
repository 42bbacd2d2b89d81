#include "gateway/subscriptions.hpp"

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

std::string subscribe(std::string_view p) {
    return R"({"id":1,"t":"topic","a":"subscribe","p":)" + std::string(p) + "}";
}

std::string unsubscribe(std::string_view p) {
    return R"({"id":2,"t":"topic","a":"unsubscribe","p":)" + std::string(p) + "}";
}

constexpr auto health = R"({"id":3,"t":"health"})";

TEST_CASE("subscriptions of different names live side by side, and say their names") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    CHECK(client.ask(subscribe(R"({"t":["a"],"sub":"x"})")) ==
          R"({"id":0,"refid":1,"t":"topic","a":"subscribe","sub":"x","p":["a"],)"
          R"("o":[{"topic":"a","partition":0,"offset":0}],"s":0})");
    CHECK(has(client.ask(subscribe(R"({"t":["b"]})")), R"("p":["b"],"s":0)"));
    other.publish("a", {"1"});
    CHECK(client.next() == R"([{"id":0,"t":"notif","sub":"x","p":"1"}])");
    other.publish("b", {"2"});
    CHECK(client.next() == R"([{"id":1,"t":"notif","p":"2"}])");
    CHECK(has(client.ask(health), R"("consumers":[{"ws":2,"topics":["a","b"]}])"));
}

TEST_CASE("a subscription replaces the one of its own name only") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"({"t":["a"],"sub":"x"})"));
    client.ask(subscribe(R"({"t":["b"],"sub":"y"})"));
    CHECK(has(client.ask(subscribe(R"({"t":["c"],"sub":"x"})")), R"("p":["c"])"));
    other.publish("a", {"old"});
    other.publish("b", {"1"});
    other.publish("c", {"2"});
    CHECK(client.values(2) == Texts{"1", "2"});
}

TEST_CASE("two subscriptions that hold the same topic both get its records") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"({"t":["a"],"sub":"x","consumer_group":"g"})"));
    client.ask(subscribe(R"({"t":["a"],"sub":"y","consumer_group":"h"})"));
    other.publish("a", {"1"});
    CHECK(client.values(2) == Texts{"1", "1"});
}

TEST_CASE("more subscriptions than allowed are refused, but not one that replaces another") {
    SessionOptions options = Stage::at_once();
    options.consumer.max_subscriptions = 2;
    Stage stage(options);
    Client client(stage);
    client.ask(subscribe(R"({"t":["a"]})"));
    client.ask(subscribe(R"({"t":["a"],"sub":"x"})"));
    CHECK(has(client.ask(subscribe(R"({"t":["a"],"sub":"y"})")), R"("code":"limit_reached")"));
    CHECK(has(client.ask(subscribe(R"({"t":["b"],"sub":"x"})")), R"("s":0)"));
    CHECK(has(client.ask(unsubscribe(R"({"sub":"x"})")), R"("s":0)"));
    CHECK(has(client.ask(subscribe(R"({"t":["a"],"sub":"y"})")), R"("s":0)"));
}

TEST_CASE("unsubscribe ends the subscriptions it names, and no other") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"({"t":["a"]})"));
    client.ask(subscribe(R"({"t":["b"],"sub":"x"})"));
    client.ask(subscribe(R"({"t":["c"],"sub":"y"})"));
    CHECK(has(client.ask(unsubscribe(R"({"sub":["x","z"]})")), R"("code":"not_subscribed")"));
    CHECK(has(client.ask(health), R"("topics":["a","b","c"])"));
    CHECK(has(client.ask(unsubscribe(R"({"sub":["x","y"]})")), R"("refid":2)"));
    CHECK(has(client.ask(health), R"("topics":["a"])"));
    CHECK(has(client.ask(unsubscribe(R"({"sub":"x"})")), R"("code":"not_subscribed")"));
    other.publish("b", {"late"});
    other.publish("a", {"1"});
    CHECK(client.values(1) == Texts{"1"});
}

TEST_CASE("a topic is given up wherever it is subscribed") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"({"t":["a","b"],"consumer_group":"g"})"));
    client.ask(subscribe(R"({"t":["a"],"sub":"x","consumer_group":"h"})"));
    client.ask(subscribe(R"({"t":["c"],"sub":"y","consumer_group":"i"})"));
    CHECK(has(client.ask(unsubscribe(R"({"t":["a","d"]})")), R"("code":"not_subscribed")"));
    CHECK(has(client.ask(unsubscribe(R"({"t":["a"]})")),
              R"("refid":2,"t":"topic","a":"unsubscribe","s":0)"));
    CHECK(has(client.ask(health), R"("topics":["b","c"])"));
    CHECK(has(client.ask(unsubscribe(R"({"sub":"x"})")), R"("code":"not_subscribed")"));
    other.publish("a", {"late"});
    other.publish("b", {"1"});
    other.publish("c", {"2"});
    CHECK(client.values(2) == Texts{"1", "2"});
}

TEST_CASE("what goes on without a topic has the credit that was left, and more by then") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"({"t":["a","b"],"flow":"pull"})"));
    client.ask(R"({"id":4,"t":"notif","a":"pull","p":{"n":3}})");
    other.publish("a", {"0"});
    CHECK(client.values(1) == Texts{"0"});
    client.send("[" + unsubscribe(R"({"t":["b"]})") +
                R"(,{"id":4,"t":"notif","a":"pull","p":{"n":1}}])");
    CHECK(has(client.next(), R"("a":"pull","s":0)"));
    CHECK(has(client.next(), R"("a":"unsubscribe","s":0)"));
    other.publish("a", {"1", "2", "3", "4"});
    CHECK(client.values(3) == Texts{"1", "2", "3"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
}

TEST_CASE("what goes on without a topic is paused, if it was") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"({"t":["a","b"]})"));
    client.ask(R"({"id":4,"t":"topic","a":"pause"})");
    client.ask(unsubscribe(R"({"t":["b"]})"));
    other.publish("a", {"0"});
    stage.run_for(20ms);
    CHECK(client.unwritten().empty());
    client.ask(R"({"id":4,"t":"topic","a":"resume"})");
    CHECK(client.values(1) == Texts{"0"});
}

TEST_CASE("a topic can be given up before its subscription is live, which then is without it") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    const auto check = [&](const Texts& topics) {
        const std::string frame = subscribe(R"({"t":[")" + topics[0] + R"(",")" + topics[1] +
                                            R"(",")" + topics[2] + R"("],"from":"earliest"})") +
                                  "," + unsubscribe(R"({"t":[")" + topics[1] + R"("]})") + "," +
                                  unsubscribe(R"({"t":[")" + topics[2] + R"("]})");
        client.send("[" + frame + "]");
        const std::string given_up = client.next();
        CHECK(has(given_up, R"("a":"unsubscribe","s":0},{)"));
        CHECK_FALSE(has(given_up, R"("s":1)"));
        const std::string live = client.next();
        CHECK(has(live, R"("refid":1,"t":"topic","a":"subscribe","p":[")" + topics[0] +
                            R"("],"o":[{"topic":")" + topics[0]));
        other.publish(topics[1], {"late"});
        other.publish(topics[0], {"0"});
        CHECK(client.values(1) == Texts{"0"});
    };
    check({"a", "b", "c"});
    check({"d", "e", "f"});
}

TEST_CASE("what follows a subscribe is for it, be it the first or one that replaces another") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    const auto check = [&](const std::string& topic) {
        client.send(
            "[" + subscribe(R"({"t":[")" + topic + R"("],"flow":"pull","ack":"client"})") +
            R"(,{"id":4,"t":"topic","a":"pause"})"
            R"(,{"id":5,"t":"notif","a":"pull","p":{"n":2}})"
            R"(,{"id":6,"t":"notif","a":"filter","p":{"filter":{"$key":"k"}}})"
            R"(,{"id":7,"t":"notif","a":"ack","p":{"topic":"a","partition":0,"offset":0}}])");
        const std::string replies = client.next();
        CHECK(has(replies, R"("a":"pause","s":0)"));
        CHECK(has(replies, R"("a":"pull","s":0)"));
        CHECK(has(replies, R"("a":"filter","s":0)"));
        CHECK(has(replies, R"("refid":7,"t":"notif","a":"ack","s":1,"p":{"code":"offset_out_of_)"));
        CHECK(has(client.next(), R"("refid":1,"t":"topic","a":"subscribe")"));
        other.publish(topic, {"0"}, "j");
        other.publish(topic, {"1", "2", "3"}, "k");
        stage.run_for(20ms);
        CHECK(client.unwritten().empty());
        client.ask(R"({"id":4,"t":"topic","a":"resume"})");
        CHECK(client.values(2) == Texts{"1", "2"});
        stage.run_for(20ms);
        CHECK(client.unwritten().empty());
    };
    check("a");
    check("b");
}

TEST_CASE("unsubscribe without a word ends every subscription, then answers") {
    Stage stage;
    Client client(stage);
    client.ask(subscribe(R"({"t":["a"]})"));
    client.ask(subscribe(R"({"t":["b"],"sub":"x"})"));
    CHECK(client.ask(R"({"id":2,"t":"topic","a":"unsubscribe"})") ==
          R"({"id":2,"refid":2,"t":"topic","a":"unsubscribe","s":0})");
    CHECK(has(client.ask(health), R"("consumers":[])"));
}

TEST_CASE("a subscription begins where it is told to") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    for (const int ts : {1000, 2000, 3000}) {
        other.ask(R"({"id":1,"t":"notif","a":"create","p":{"t":"a","m":")" + std::to_string(ts) +
                  R"(","ts":)" + std::to_string(ts) + R"(,"ack":true}})");
    }
    int group = 0;
    const auto begin = [&](const std::string& from, std::size_t count) {
        const std::string reply =
            client.ask(subscribe(R"({"t":["a"],"consumer_group":"g)" + std::to_string(++group) +
                                 R"(","from":)" + from + "}"));
        const auto offset = reply.find(R"("offset":)");
        REQUIRE(offset != reply.npos);
        Texts values{reply.substr(offset + 9, 1)};
        for (std::string& value : client.values(count)) values.push_back(std::move(value));
        return values;
    };
    CHECK(begin(R"("latest")", 0) == Texts{"3"});
    CHECK(begin(R"("earliest")", 3) == Texts{"0", "1000", "2000", "3000"});
    CHECK(begin(R"({"last":1})", 1) == Texts{"2", "3000"});
    CHECK(begin(R"({"timestamp":1500})", 2) == Texts{"1", "2000", "3000"});
    CHECK(begin(R"({"timestamp":"1970-01-01T00:00:03Z"})", 1) == Texts{"2", "3000"});
    CHECK(begin(R"([{"topic":"a","partition":0,"offset":1}])", 2) == Texts{"1", "2000", "3000"});
    CHECK(begin(R"([])", 3) == Texts{"0", "1000", "2000", "3000"});
}

TEST_CASE("a group goes on where it is, wherever its member wants to begin") {
    Stage stage;
    Client other(stage);
    other.publish("a", {"0", "1"});
    {
        Client first(stage);
        first.ask(subscribe(R"({"t":["a"],"from":"earliest"})"));
        CHECK(first.values(2) == Texts{"0", "1"});
        first.ask(unsubscribe("null"));
    }
    other.publish("a", {"2"});
    Client second(stage);
    CHECK(has(second.ask(subscribe(R"({"t":["a"],"from":"earliest"})")), R"("offset":2)"));
    CHECK(second.values(1) == Texts{"2"});
}

TEST_CASE("a place that is not there is refused") {
    Stage stage;
    Client client(stage);
    client.publish("a", {"0"});
    const auto refusal = [&](const std::string& topic, int partition, int offset) {
        return client.ask(subscribe(R"({"t":["a"],"from":[{"topic":")" + topic +
                                    R"(","partition":)" + std::to_string(partition) +
                                    R"(,"offset":)" + std::to_string(offset) + "}]}"));
    };
    CHECK(has(refusal("a", 0, 2), R"("code":"offset_out_of_range")"));
    CHECK(has(refusal("a", 7, 0), R"("code":"partition_not_found")"));
    CHECK(has(refusal("b", 0, 0), R"("code":"invalid_payload")"));
    CHECK(has(client.ask(health), R"("consumers":[])"));
}

TEST_CASE("a pattern follows the topics whose names it matches, from their beginning") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    other.publish("a.one", {"0"});
    other.publish("b.one", {"1"});
    CHECK(has(client.ask(subscribe(R"({"t":["^a\\.","c"],"from":"earliest"})")),
              R"("p":["^a\\.","c"],"o":[{"topic":"a.one","partition":0,"offset":0},)"
              R"({"topic":"c","partition":0,"offset":0}],"s":0)"));
    CHECK(client.values(1) == Texts{"0"});
    other.publish("c", {"2"});
    CHECK(client.values(1) == Texts{"2"});
    other.publish("a.two", {"3"});
    other.publish("xa.two", {"4"});
    CHECK(client.values(1) == Texts{"3"});
    CHECK(has(client.ask(unsubscribe(R"({"t":["^a\\."]})")), R"("s":0)"));
    CHECK(has(client.ask(health), R"("topics":["c"])"));
    other.publish("a.one", {"5"});
    other.publish("c", {"6"});
    CHECK(client.values(1) == Texts{"6"});
}

TEST_CASE("every alternative of a pattern is looked for at the beginning of a name") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    for (const auto* const topic : {"prices", "my-prices", "orders", "my-orders"}) {
        other.publish(topic, {topic});
    }
    CHECK(has(client.ask(subscribe(R"({"t":["^prices|orders"],"from":"earliest"})")),
              R"("o":[{"topic":"orders","partition":0,"offset":0},)"
              R"({"topic":"prices","partition":0,"offset":0}],"s":0)"));
    client.values(2);
    CHECK(has(client.ask(subscribe(R"({"t":["^a)|(?:b"]})")), R"("code":"invalid_topic")"));
}

TEST_CASE("a pattern that is none is refused with the reason") {
    Stage stage;
    Client client(stage);
    CHECK(has(
        client.ask(subscribe(R"({"t":["^a["]})")),
        R"("code":"invalid_topic","message":"\"^a[\" is not a regular expression of RE2: missing ])"));
    CHECK(has(client.ask(subscribe(R"({"t":["^)" + std::string(1000, 'a') + R"("]})")),
              R"("code":"invalid_topic")"));
}

TEST_CASE("a topic that is named twice, with its broker's name and without, counts once") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    CHECK(has(client.ask(subscribe(R"({"t":["memory:a","a","b"],"from":"latest"})")),
              R"("p":["memory:a","b"],"o":[{"topic":"a","partition":0,"offset":0},)"));
    other.publish("a", {"0", "1"});
    CHECK(client.values(2) == Texts{"0", "1"});
    CHECK(has(client.ask(unsubscribe(R"({"t":["a"]})")), R"("s":0)"));
    CHECK(has(client.ask(health), R"("topics":["b"])"));
}

TEST_CASE("an empty cursor is one that knows no partition: all begin at their oldest record") {
    Stage stage;
    Client client(stage);
    client.publish("a", {"0", "1"});
    CHECK(has(client.ask(subscribe(R"({"t":["a"],"from":[]})")),
              R"("o":[{"topic":"a","partition":0,"offset":0}])"));
    CHECK(client.values(2) == Texts{"0", "1"});
}

TEST_CASE("a consumer group that is null is the configured one") {
    Stage stage;
    Client client(stage);
    Client other(stage);
    client.publish("a", {"0"});
    client.ask(subscribe(R"({"t":["a"],"from":"earliest"})"));
    CHECK(client.values(1) == Texts{"0"});
    client.ask(unsubscribe("null"));
    CHECK(has(other.ask(subscribe(R"({"t":["a"],"consumer_group":null,"from":"earliest"})")),
              R"("o":[{"topic":"a","partition":0,"offset":1}])"));
}

TEST_CASE("without a shared reader there are no broadcasts") {
    Stage stage;
    Client client(stage);
    CHECK(has(client.ask(subscribe(R"({"t":["a"],"mode":"broadcast"})")),
              R"("code":"not_supported")"));
}

}  // namespace
