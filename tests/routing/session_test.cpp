// Sessions whose messages are routed, on embedded brokers.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"
#include "gateway/shard.hpp"
#include "memory/broker.hpp"
#include "routing/decoding.hpp"
#include "routing/router.hpp"

using namespace gateway;
using namespace gateway::routing;

namespace {

/// A record as a witness saw it.
struct Seen {
    std::string value;
    std::string headers;  ///< "name=value;"
};

/// One client of a server with routes and two brokers.
struct Stage : private Consumer::Events {
    explicit Stage(std::vector<RouteOptions> routes, const std::string& user = {})
        : table({.routes = std::move(routes)}, traits), router(table, brokers, node) {
        options.producer.batch.interval.reset();
        health.add(shard);
        for (const auto& broker : brokers.all()) broker->start();
        session = shard.sessions.accept(shard, connection, user);
    }
    ~Stage() {
        session->closed();
        witness.reset();
        until([&] { return shard.sessions.lingering() == 0; });
        for (const auto& broker : brokers.all()) broker->stop(std::chrono::seconds(1));
        io.restart();
        io.poll();
    }

    static std::vector<std::unique_ptr<Broker>> make_brokers() {
        std::vector<std::unique_ptr<Broker>> brokers;
        for (const char* name : {"one", "two"}) {
            memory::Options options;
            options.name = name;
            brokers.push_back(std::make_unique<memory::Broker>(options));
        }
        return brokers;
    }

    void until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io.restart();
            io.run_one_for(std::chrono::milliseconds(100));
        }
    }

    /// The next frame the client gets, without its brackets.
    std::string next() {
        until([&] { return connection.frames.size() > read; });
        session->written(1);
        const std::string& frame = connection.frames[read++];
        return frame.front() == '[' ? frame.substr(1, frame.size() - 2) : frame;
    }

    std::string ask(std::string_view frame) {
        session->received_text(frame);
        return next();
    }

    /// So many records of a topic, from its beginning.
    std::vector<Seen> records(std::string_view broker, const std::string& topic,
                              std::size_t count) {
        seen.clear();
        auto consumer = brokers.named(broker)->open_consumer(
            io.get_executor(),
            {.topics = {topic}, .group = "witness", .headers = true, .start = FromEarliest{}},
            *this);
        REQUIRE(consumer);
        witness = std::move(*consumer);
        until([&] { return seen.size() >= count; });
        CHECK(seen.size() == count);
        witness.reset();
        return seen;
    }

    void live(std::span<const Position>) override {}
    void revoked(std::span<const TopicPartition>) override {}
    std::size_t records(std::span<const Record> batch) override {
        for (const Record& record : batch) {
            Seen& one = seen.emplace_back();
            one.value = record.value.value_or("");
            for (const Header& header : record.headers) {
                one.headers.append(header.name).append("=").append(header.value.value_or(""));
                one.headers += ';';
            }
        }
        return batch.size();
    }
    void lost(const Lost&) override {}
    void failed(const Error& error) override { FAIL(error.message); }

    std::vector<BrokerTraits> traits{{.name = "one"}, {.name = "two"}};
    asio::io_context io;
    SessionOptions options;
    Brokers brokers{make_brokers()};
    Table table;
    Node node{.id = "n", .process = "n.p"};
    Router router;
    Health health{{.version = "1", .uptime = [] { return std::chrono::seconds(5); }}, brokers};
    Counters counters;
    Shard shard{.executor = io.get_executor(),
                .options = options,
                .brokers = brokers,
                .health = health,
                .counters = counters,
                .routing = &router,
                .node = node};
    RecordedConnection connection;
    std::shared_ptr<Connection::Events> session;
    std::size_t read = 0;
    std::unique_ptr<Consumer> witness;
    std::vector<Seen> seen;
};

RouteOptions for_type(std::string type, std::string broker, std::string queue) {
    return {.field = "type",
            .value = '"' + std::move(type) + '"',
            .broker = std::move(broker),
            .name = std::move(queue)};
}

TEST_CASE("a message goes to every route that takes it, and the reply says how many") {
    Stage stage({for_type("order", "one", "orders"), for_type("order", "two", "orders"),
                 for_type("login", "one", "logins")});
    CHECK(stage.ask(R"({"id":7,"type":"order","n":1})") == R"({"id":0,"refid":7,"s":0,"p":2})");
    CHECK(stage.records("one", "orders", 1)[0].value == R"({"id":7,"type":"order","n":1})");
    CHECK(stage.records("two", "orders", 1)[0].value == R"({"id":7,"type":"order","n":1})");
}

TEST_CASE("a record carries what a service needs to answer") {
    Stage stage({for_type("a", "", "q")});
    stage.ask(R"({"id":"x\u0041","type":"a"})");
    stage.session->received_text(R"({"type":"a"})");
    const auto records = stage.records("one", "q", 2);
    CHECK(records[0].headers ==
          "client-id=n.p.1;node-id=n;correlation-id=xA;content-type=application/json;");
    CHECK(records[1].headers == "client-id=n.p.1;node-id=n;content-type=application/json;");
}

TEST_CASE("with ack the reply comes when every broker has it, with the positions") {
    Stage stage({for_type("a", "one", "q"), for_type("a", "two", "r")});
    CHECK(stage.ask(R"({"id":1,"type":"a","ack":true})") ==
          R"({"id":0,"refid":1,"s":0,"p":[{"topic":"q","partition":0,"offset":0},)"
          R"({"topic":"r","partition":0,"offset":0}]})");
}

TEST_CASE("without id and ack a message that is taken is not answered") {
    Stage stage({for_type("a", "", "q")});
    stage.session->received_text(R"({"type":"a"})");
    CHECK(stage.ask(R"({"id":2,"type":"a"})") == R"({"id":0,"refid":2,"s":0,"p":1})");
}

TEST_CASE("a message that no route takes is refused") {
    Stage stage({for_type("a", "", "q")});
    CHECK(stage.ask(R"({"id":1,"type":"b"})").find(R"("refid":1,"s":1,"p":{"code":"no_route")") !=
          std::string::npos);
    CHECK(stage.ask(R"({"type":"b"})").find(R"("refid":null,"s":1,"p":{"code":"no_route")") !=
          std::string::npos);
}

TEST_CASE("the default route takes what no other does") {
    Stage stage({{.is_default = true, .name = "rest"},
                 for_type("a", "", "q"),
                 {.field = "type", .value = R"("u")", .name = "user.{id.x}"}});
    CHECK(stage.ask(R"({"id":1,"type":"b"})").find(R"("p":1)") != std::string::npos);
    CHECK(stage.ask(R"({"id":2,"type":"a"})").find(R"("p":1)") != std::string::npos);
    CHECK(stage.ask(R"({"id":3,"type":"u"})").find(R"("p":1)") != std::string::npos);
    CHECK(stage.records("one", "rest", 2)[1].value == R"({"id":3,"type":"u"})");
    CHECK(stage.records("one", "q", 1).size() == 1);
}

TEST_CASE("a route's name is made of the message's fields") {
    Stage stage({{.name = "user.{userId}"}});
    stage.ask(R"({"id":1,"userId":"ada"})");
    stage.ask(R"({"id":2,"userId":"a.da"})");
    CHECK(stage.records("one", "user.ada", 1).size() == 1);
    CHECK(stage.records("one", "user.a_2Eda", 1).size() == 1);
}

TEST_CASE("routes know the user of a connection, and services are told") {
    Stage stage({{.field = "$user", .value = R"("a.da")", .name = "of-ada"},
                 {.filter = R"({"$headers.user":"a.da"})", .name = "filtered"},
                 {.name = "user.{$user}"},
                 {.is_default = true, .name = "rest"}},
                "a.da");
    CHECK(stage.ask(R"({"id":1,"user":"bob","$user":"bob"})").find(R"("p":3)") !=
          std::string::npos);
    CHECK(stage.records("one", "of-ada", 1)[0].headers ==
          "client-id=n.p.1;user=a.da;node-id=n;correlation-id=1;content-type=application/json;");
    CHECK(stage.records("one", "filtered", 1).size() == 1);
    CHECK(stage.records("one", "user.a_2Eda", 1).size() == 1);
}

TEST_CASE("a connection without a user is nobody's, whatever its messages say") {
    Stage stage({{.field = "$user", .value = R"("")", .name = "empty"},
                 {.field = "$user", .value = "null", .name = "null"},
                 {.field = "$user", .value = R"("ada")", .name = "ada"},
                 {.name = "user.{$user}"}});
    CHECK(stage.ask(R"({"id":1,"$user":"ada","user":"ada"})").find("no_route") !=
          std::string::npos);
}

TEST_CASE("of several members with one name the first decides") {
    Stage stage({for_type("a", "", "a"), for_type("b", "", "b"), {.name = "to.{user.id}"}});
    const std::string message = R"({"id":1,"type":"a","type":"b","user":{"id":1},"user":{"id":2}})";
    CHECK(stage.ask(message).find(R"("p":2)") != std::string::npos);
    CHECK(stage.records("one", "a", 1)[0].value == message);
    CHECK(stage.records("one", "to.1", 1).size() == 1);
    for (const char* twice :
         {R"({"id":2,"id":3,"type":"a"})", R"({"t":"x","t":"topic","type":"a"})",
          R"({"ack":true,"ack":false,"type":"a"})"}) {
        CAPTURE(twice);
        CHECK(stage.ask(twice).find("malformed_message") != std::string::npos);
    }
}

TEST_CASE("a name that becomes too long fails its route alone") {
    Stage stage({{.name = "user.{userId}"}, {.name = "all"}});
    const std::string message = R"({"id":1,"ack":true,"userId":")" + std::string(300, 'x') + "\"}";
    const std::string reply = stage.ask(message);
    CHECK(reply.find(R"("s":1,"p":{"code":"invalid_topic")") != std::string::npos);
    CHECK(reply.find(R"("results":[{"code":"invalid_topic")") != std::string::npos);
    CHECK(reply.find(R"({"topic":"all","partition":0,"offset":0}])") != std::string::npos);
}

TEST_CASE("what fails after the reply is answered, too") {
    Stage stage({{.name = "user.{userId}"}});
    stage.session->received_text(R"({"id":1,"userId":")" + std::string(300, 'x') + "\"}");
    const std::string replies = stage.next();
    CHECK(replies.find(R"({"id":0,"refid":1,"s":0,"p":1})") != std::string::npos);
    CHECK(replies.find(R"({"id":1,"refid":1,"s":1,"p":{"code":"invalid_topic")") !=
          std::string::npos);
}

TEST_CASE("each route has its encoder") {
    Stage stage({{.name = "plain"},
                 {.name = "packed", .encoder = "msgpack"},
                 {.name = "text", .encoder = "text"},
                 {.name = "base64", .encoder = "base64"}});
    stage.ask(R"({"id":1,"text":"hi"})");
    CHECK(stage.records("one", "plain", 1)[0].value == R"({"id":1,"text":"hi"})");
    const auto packed = stage.records("one", "packed", 1);
    CHECK(packed[0].value == "\x82\xa2id\x01\xa4text\xa2hi");
    CHECK(packed[0].headers.find("content-type=application/msgpack;") != std::string::npos);
    CHECK(stage.records("one", "text", 1)[0].value == "hi");
    CHECK(stage.records("one", "base64", 1)[0].value == "eyJpZCI6MSwidGV4dCI6ImhpIn0=");
}

TEST_CASE("requests of the protocol are not routed, and what is no JSON is refused") {
    Stage stage({{.name = "all"}});
    CHECK(stage.ask(R"({"id":1,"t":"topic","a":"list"})").find(R"("t":"topic")") !=
          std::string::npos);
    CHECK(stage.ask(R"({"id":2,"t":"topic","a":"lost"})").find("unknown_action") !=
          std::string::npos);
    CHECK(stage.ask(R"({"id":3,"x":01})").find("malformed_message") != std::string::npos);
    CHECK(stage.ask(R"({"id":4,"p":{"x":tru}})").find("malformed_message") != std::string::npos);
    CHECK(stage.ask(R"({"id":5,"t":"mine","a":"list"})") ==
          R"({"id":4,"refid":5,"a":"list","s":0,"p":1})");
}

TEST_CASE("a record that is too large is refused") {
    Stage stage({{.name = "all"}});
    stage.options.producer.max_record_bytes = 200;
    CHECK(stage.ask(R"({"id":1,"ack":true,"x":")" + std::string(200, 'x') + "\"}")
              .find("record_too_large") != std::string::npos);
}

TEST_CASE("messages that wait for a broker's word stop the reading as sends do") {
    Stage stage({for_type("a", "one", "q"), for_type("a", "two", "q")});
    stage.options.producer.max_unacknowledged = 2;
    stage.session->received_text(R"({"type":"a"})");
    CHECK_FALSE(stage.connection.is_reading);
    stage.until([&] { return stage.connection.is_reading; });
    CHECK(stage.records("two", "q", 1).size() == 1);
}

TEST_CASE("what a closed connection has sent reaches its routes all the same") {
    Stage stage({for_type("a", "", "q")});
    stage.options.producer.batch.interval = std::chrono::hours(1);
    RecordedConnection connection;
    const auto other = stage.shard.sessions.accept(stage.shard, connection);
    other->received_text(R"({"type":"a"})");
    other->closed();
    CHECK(stage.records("one", "q", 1).size() == 1);
}

TEST_CASE("sends and routed messages of one broker keep their order") {
    Stage stage({for_type("a", "", "q")});
    stage.session->received_text(
        R"([{"t":"notif","a":"create","p":{"t":"q","m":"1"}},{"type":"a"},)"
        R"({"t":"notif","a":"create","p":{"t":"q","m":"3"}}])");
    const auto records = stage.records("one", "q", 3);
    CHECK(records[0].value == "1");
    CHECK(records[1].value == R"({"type":"a"})");
    CHECK(records[2].value == "3");
}

TEST_CASE("frames of a path are decoded before a session reads them") {
    Stage stage({{.name = "all"}});
    RecordedConnection connection;
    Decoding decoding(stage.shard, msgpack_codec, 1000);
    const auto packed = decoding.accept(connection, {});
    packed->received_binary("\x81\xa2id\x01");
    stage.until([&] { return connection.frames.size() == 1; });
    CHECK(connection.frames[0].find(R"("refid":1,"s":0,"p":1)") != std::string::npos);
    packed->written(1);
    packed->received_binary("\x81");
    packed->received_text("{}");
    CHECK(connection.frames[1].find("cut short") != std::string::npos);
    CHECK(connection.frames[2].find("frames at this path are binary: msgpack") !=
          std::string::npos);
    packed->written(2);
    packed->closed();
    CHECK(stage.records("one", "all", 1)[0].value == R"({"id":1})");
}

}  // namespace
