#include <algorithm>
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

/// A socket that takes one frame, and frames of some notifications.
SessionOptions narrow() {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 100;
    options.consumer.max_frame_bytes = 100;
    options.consumer.slow_timeout = 50ms;
    return options;
}

std::string subscribe(std::string_view options) {
    return R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["a"],)" + std::string(options) + "}}";
}

/// A round trip of another client: what was sent to the topic has come to all its subscribers.
void fence(Client& other, Stage& stage) {
    other.ask(R"({"id":1,"t":"health"})");
    stage.run_for(20ms);
}

Texts numbers(int from, int to) {
    Texts numbers;
    for (int i = from; i < to; ++i) numbers.push_back(std::to_string(i));
    return numbers;
}

/// Whether values, which are offsets, and gaps cover everything from 0 on, in order, once.
void check_cover(const Texts& got, int end) {
    int next = 0;
    for (const std::string& each : got) {
        const auto dash = each.find('-');
        REQUIRE(std::stoi(each) == next);
        next = dash == each.npos ? next + 1 : std::stoi(each.substr(dash + 1));
    }
    CHECK(next == end);
}

/// Reads until a record with this value.
Texts read_to(Client& client, const std::string& last) {
    Texts got;
    while (got.empty() || got.back() != last) Client::append_values(client.next(), got);
    return got;
}

TEST_CASE("a slow client with \"drop\" is told the exact ranges it missed, before what follows") {
    Stage stage(narrow());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"drop")"));
    other.publish("a", numbers(0, 60));
    fence(other, stage);
    Texts got;
    while (got.empty() || !has(got.back(), "-")) Client::append_values(client.next(), got);
    CHECK(got.size() < 20);
    other.publish("a", {"60"});
    for (const std::string& each : read_to(client, "60")) got.push_back(each);
    check_cover(got, 61);
}

TEST_CASE("what was dropped and announced is not delivered again") {
    Stage stage(narrow());
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"("slow":"drop")"));
        other.publish("a", numbers(0, 60));
        fence(other, stage);
        Texts got;
        while (got.empty() || !has(got.back(), "-60")) Client::append_values(client.next(), got);
        fence(other, stage);
    }
    Client next(stage);
    next.ask(subscribe(R"("meta":false)"));
    other.publish("a", {"60"});
    CHECK(next.values(1) == Texts{"60"});
}

TEST_CASE("what was dropped and not announced is delivered to the next member") {
    Stage stage(narrow());
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"("slow":"drop")"));
        other.publish("a", numbers(0, 60));
        fence(other, stage);
        CHECK(client.values(1) == Texts{"0"});
        fence(other, stage);
    }
    Client next(stage);
    next.ask(subscribe(R"("slow":"pause")"));
    Texts got{"0"};
    for (const std::string& each : read_to(next, "59")) got.push_back(each);
    CHECK(got == numbers(0, 60));
}

TEST_CASE("a slow client with \"conflate\" gets the newest record of each key, and exact gaps") {
    Stage stage(narrow());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"conflate")"));
    for (int i = 0; i < 60; ++i) {
        other.publish("a", {std::to_string(i)}, i % 10 == 7 ? "x" : "y");
    }
    fence(other, stage);
    const Texts got = read_to(client, "59");
    CHECK(got.size() < 20);
    CHECK(std::ranges::find(got, "57") != got.end());
    check_cover(got, 60);

    other.publish("a", {"60"}, "y");
    CHECK(client.values(1) == Texts{"60"});
}

TEST_CASE("records without a key are not conflated") {
    Stage stage(narrow());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"conflate")"));
    other.publish("a", numbers(0, 60));
    fence(other, stage);
    CHECK(read_to(client, "59") == numbers(0, 60));
}

TEST_CASE("conflating pauses at its bound, and nothing is lost") {
    SessionOptions options = narrow();
    options.consumer.max_conflated_bytes = 1000;
    Stage stage(options);
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"conflate")"));
    other.publish("a", numbers(0, 200));
    fence(other, stage);
    CHECK(read_to(client, "199") == numbers(0, 200));
}

TEST_CASE("conflated records wait for credit, as others do") {
    Stage stage(narrow());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"conflate","flow":"pull")"));
    client.ask(R"({"id":2,"t":"notif","a":"pull","p":{"n":50}})");
    other.publish("a", numbers(0, 60));
    fence(other, stage);
    CHECK(read_to(client, "49") == numbers(0, 50));
    fence(other, stage);
    CHECK(client.unwritten().empty());
    client.ask(R"({"id":2,"t":"notif","a":"pull","p":{"n":50}})");
    CHECK(read_to(client, "59") == numbers(50, 60));
}

/// A client that takes 0, then has [1,2,3] at its socket, 4 behind it, and 5 held back, which is
/// one more than it may have. Sends `more`, which lets it have that one, and publishes up to 20.
void outrun(Stage& stage, Client& client, Client& other, std::string_view more) {
    const auto publish = [&](int from, int to) {
        other.publish("a", numbers(from, to));
        fence(other, stage);
    };
    publish(0, 1);
    publish(1, 6);
    CHECK(client.values(1) == Texts{"0"});
    client.send(more);
    publish(6, 20);
}

/// A socket that takes one frame, whatever its size.
SessionOptions one_frame() {
    SessionOptions options = Stage::at_once();
    options.max_buffered_bytes = 1;
    return options;
}

TEST_CASE("what was held back takes credit from the record that finds it, which waits") {
    Stage stage(one_frame());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"conflate","flow":"pull","mq_limit":3)"));
    client.ask(R"({"id":2,"t":"notif","a":"pull","p":{"n":5}})");
    outrun(stage, client, other, R"({"id":2,"t":"notif","a":"pull","p":{"n":1}})");
    CHECK(read_to(client, "5") == numbers(1, 6));
    fence(other, stage);
    CHECK(client.unwritten().empty());
    client.ask(R"({"id":2,"t":"notif","a":"pull","p":{"n":14}})");
    CHECK(read_to(client, "19") == numbers(6, 20));
}

TEST_CASE("what was held back waits for acknowledgements before the record that finds it") {
    Stage stage(one_frame());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"conflate","ack":"client","max_unacked":5,"mq_limit":3)"));
    outrun(stage, client, other,
           R"({"t":"notif","a":"ack","p":{"topic":"a","partition":0,"offset":0}})");
    CHECK(read_to(client, "5") == numbers(1, 6));
    fence(other, stage);
    CHECK(client.unwritten().empty());
}

TEST_CASE("what is held back is not committed by what the keys leave out behind it") {
    Stage stage(narrow());
    Client other(stage);
    {
        Client client(stage);
        client.ask(subscribe(R"("slow":"conflate","keys":["k"])"));
        other.publish("a", numbers(0, 10), "k");
        other.publish("a", numbers(10, 20), "z");
        fence(other, stage);
        CHECK(client.values(1) == Texts{"0"});
        fence(other, stage);
    }
    Client next(stage);
    next.ask(subscribe(R"("slow":"pause")"));
    Texts got{"0"};
    for (const std::string& each : read_to(next, "19")) got.push_back(each);
    CHECK(got == numbers(0, 20));
}

TEST_CASE("a slow client with \"close\" is closed with a code of its own") {
    Stage stage(narrow());
    Client client(stage);
    Client other(stage);
    client.ask(subscribe(R"("slow":"close")"));
    other.publish("a", numbers(0, 60));
    stage.until([&] { return client.connection().closed.has_value(); });
    CHECK(*client.connection().closed == CloseCode::slow_consumer);

    // Its group is left, though the client has not agreed yet.
    Client next(stage);
    next.ask(subscribe(R"("slow":"pause")"));
    CHECK(read_to(next, "59") == numbers(0, 60));
}

TEST_CASE("a client that reads, a paused one and one without credit are not slow") {
    Stage stage(narrow());
    Client reading(stage);
    Client paused(stage);
    Client poor(stage);
    Client other(stage);
    reading.ask(subscribe(R"("slow":"close","consumer_group":"g")"));
    paused.ask(subscribe(R"("slow":"close","consumer_group":"h")"));
    paused.ask(R"({"id":2,"t":"topic","a":"pause"})");
    poor.ask(subscribe(R"("slow":"close","consumer_group":"i","flow":"pull")"));
    for (int i = 0; i < 10; ++i) {
        other.publish("a", {std::to_string(i)});
        reading.next();
        stage.run_for(10ms);
    }
    for (Client* each : {&reading, &paused, &poor}) CHECK_FALSE(each->connection().closed);
}

}  // namespace
