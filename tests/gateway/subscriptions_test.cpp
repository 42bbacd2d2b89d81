#include "gateway/subscriptions.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "gateway/client.hpp"
#include "gateway/stage.hpp"

using namespace gateway;
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

TEST_CASE("a pattern that is none is refused with the reason") {
    Stage stage;
    Client client(stage);
    CHECK(has(
        client.ask(subscribe(R"({"t":["^a["]})")),
        R"("code":"invalid_topic","message":"\"^a[\" is not a regular expression of RE2: missing ])"));
    CHECK(has(client.ask(subscribe(R"({"t":["^)" + std::string(1000, 'a') + R"("]})")),
              R"("code":"invalid_topic")"));
}

TEST_CASE("without a shared reader there are no broadcasts") {
    Stage stage;
    Client client(stage);
    CHECK(has(client.ask(subscribe(R"({"t":["a"],"mode":"broadcast"})")),
              R"("code":"not_supported")"));
}

}  // namespace
