#include "socketio/session.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"

using namespace gateway;
using namespace gateway::socketio;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

namespace {

constexpr engineio::Dialect revision_3{.revision = engineio::Revision::v3};

struct Received {
    std::string name;
    Strings arguments{};
    std::optional<std::uint64_t> ack{};
    bool is_binary = false;
    Strings attachments{};

    bool operator==(const Received&) const = default;
};

/// Serves a namespace: keeps what it is told.
struct Server final : Peer::Events {
    void connected() override { ++times_connected; }
    void received(const Event& event) override {
        events.push_back({std::string(event.name),
                          Strings(event.arguments.begin(), event.arguments.end()), event.ack,
                          event.is_binary,
                          Strings(event.attachments.begin(), event.attachments.end())});
    }
    void written(std::size_t count) override { packets_written += count; }
    void disconnected() override {
        ++times_disconnected;
        peer = nullptr;
    }

    Peer* peer = nullptr;
    std::string auth;
    std::vector<Received> events;
    std::size_t packets_written = 0;
    int times_connected = 0;
    int times_disconnected = 0;
};

/// A session with two namespaces, / and /custom.
struct Stage {
    explicit Stage(engineio::Dialect dialect = {}, Options options = {})
        : options(options), session(shard, connection, dialect) {}

    /// What was sent since the last call.
    Strings sent() { return std::exchange(connection.frames, {}); }

    void receive(std::string_view text) { session.received_text(text); }

    asio::io_context io{};
    Options options;
    std::shared_ptr<Server> main = std::make_shared<Server>();
    std::shared_ptr<Server> custom = std::make_shared<Server>();
    Shard shard{
        .executor = io.get_executor(),
        .options = options,
        .accept = [this](Peer& peer, const Peer::Request& request) {
            const bool is_known = request.name_space == "/" || request.name_space == "/custom";
            const auto server = !is_known ? nullptr : request.name_space == "/" ? main : custom;
            if (server) {
                server->peer = &peer;
                server->auth = request.auth;
            }
            return server;
        }};
    RecordedConnection connection{};
    Session session;
};

TEST_CASE("a client of protocol 5 asks for its namespace and is told its id") {
    Stage stage;
    CHECK(stage.sent().empty());
    stage.receive("0");
    const auto sent = stage.sent();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].starts_with(R"(0{"sid":")"));
    CHECK(sent[0].size() == std::string_view(R"(0{"sid":""})").size() + 20);
    CHECK(stage.main->auth == "{}");
    CHECK(stage.main->times_connected == 1);
}

TEST_CASE("a client may say who it is, in an object") {
    Stage stage;
    stage.receive(R"(0/custom,{"token":"abc"})");
    CHECK(stage.custom->auth == R"({"token":"abc"})");
    CHECK(stage.sent().at(0).starts_with(R"(0/custom,{"sid":")"));
    CHECK(stage.main->times_connected == 0);
}

TEST_CASE("a client of protocol 4 is connected without asking, and to others when it asks") {
    Stage stage(revision_3);
    CHECK(stage.sent() == Strings{"0"});
    CHECK(stage.main->times_connected == 1);
    stage.receive("0/custom?token=abc,");
    CHECK(stage.sent() == Strings{"0/custom,"});
    CHECK(stage.custom->times_connected == 1);
}

TEST_CASE("a namespace that nobody serves is refused, and the connection stays") {
    Stage stage;
    stage.receive("0/random");
    CHECK(stage.sent() == Strings{R"(4/random,{"message":"Invalid namespace"})"});
    Stage old(revision_3);
    old.receive("0/random");
    CHECK(old.sent().at(1) == R"(4/random,"Invalid namespace")");
    CHECK_FALSE(stage.connection.closed);
    CHECK_FALSE(old.connection.closed);
}

TEST_CASE("asking twice for a namespace changes nothing") {
    Stage stage;
    stage.receive("0");
    stage.sent();
    stage.receive("0");
    CHECK(stage.sent().empty());
    CHECK(stage.main->times_connected == 1);
}

TEST_CASE("a client that connects to nothing in time is closed") {
    Stage stage({}, {.connect_timeout = 1ms});
    stage.io.run();
    CHECK(stage.connection.closed == CloseCode::policy_violation);

    Stage in_time({}, {.connect_timeout = 1h});
    in_time.receive("0");
    in_time.io.run();
    CHECK_FALSE(in_time.connection.closed);
}

TEST_CASE("a client that has left its last namespace has the same time again") {
    Stage stage({}, {.connect_timeout = 1ms});
    stage.receive("0");
    stage.receive("1");
    CHECK(stage.main->times_disconnected == 1);
    CHECK_FALSE(stage.connection.closed);
    stage.io.run();
    CHECK(stage.connection.closed == CloseCode::policy_violation);
}

TEST_CASE("an event has a name and arguments as JSON text") {
    Stage stage;
    stage.receive("0");
    stage.receive(R"(2["na\u006de",1,"2",{"3":[true]}])");
    stage.receive(R"(212["other"])");
    CHECK(stage.main->events ==
          std::vector<Received>{{.name = "name", .arguments = {"1", R"("2")", R"({"3":[true]})"}},
                                {.name = "other", .ack = 12}});
}

TEST_CASE("events and acks are sent to the namespace") {
    Stage stage;
    stage.receive("0");
    stage.receive("0/custom");
    stage.sent();
    stage.main->peer->emit("say \"hi\"", R"(1,"2")");
    stage.main->peer->emit("nothing", "");
    stage.main->peer->acknowledge(12, "null,[1]");
    stage.custom->peer->emit("a", "1");
    stage.custom->peer->acknowledge(7, "");
    CHECK(stage.sent() == Strings{R"(2["say \"hi\"",1,"2"])", R"(2["nothing"])", "312[null,[1]]",
                                  R"(2/custom,["a",1])", "3/custom,7[]"});
}

TEST_CASE(
    "a client that may be of Socket.IO 1 or 2 is sent ASCII where they read others differently") {
    Stage stage({.revision = engineio::Revision::v3, .takes_binary = false});
    stage.sent();
    stage.main->peer->emit("é", R"({"€":"🦘\\"},1)");
    CHECK(stage.sent() == Strings{R"(2["\u00e9",{"\u20ac":"\ud83e\udd98\\"},1])"});
    Stage other(revision_3);
    other.main->peer->emit("é", "1");
    CHECK(other.sent().back() == R"(2["é",1])");
}

TEST_CASE("what is written is told to the one who sent it") {
    Stage stage;
    stage.receive("0");
    stage.receive("0/custom");
    stage.main->peer->emit("a", "");
    stage.main->peer->emit("b", "");
    stage.custom->peer->emit("c", "", Strings{"\1", "\2"});
    stage.main->peer->acknowledge(1, "");
    CHECK(stage.connection.frames.size() == 8);

    stage.session.written(3);
    CHECK(stage.main->packets_written == 1);
    stage.session.written(3);
    CHECK(stage.main->packets_written == 2);
    CHECK(stage.custom->packets_written == 0);
    stage.session.written(1);
    CHECK(stage.custom->packets_written == 1);
    stage.session.written(1);
    CHECK(stage.main->packets_written == 3);
}

TEST_CASE("binary values come after their event and go after theirs") {
    Stage stage({}, {.max_attachments = 2});
    stage.receive("0");
    stage.sent();
    stage.receive(R"(52-9["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
    stage.session.received_binary("\1\2");
    CHECK(stage.main->events.empty());
    stage.session.received_binary("\3");
    CHECK(stage.main->events ==
          std::vector<Received>{{.name = "a",
                                 .arguments = {R"({"_placeholder":true,"num":0})",
                                               R"({"_placeholder":true,"num":1})"},
                                 .ack = 9,
                                 .is_binary = true,
                                 .attachments = {"\1\2", "\3"}}});
    stage.main->peer->acknowledge(9, R"({"_placeholder":true,"num":0})", Strings{"\4"});
    stage.main->peer->emit("b", R"({"_placeholder":true,"num":0})", Strings{"\5"});
    CHECK(stage.sent() == Strings{R"(61-9[{"_placeholder":true,"num":0}])", "\4",
                                  R"(51-["b",{"_placeholder":true,"num":0}])", "\5"});
}

TEST_CASE("more binary values than allowed are dropped, and their event says so") {
    Stage stage;
    stage.receive("0");
    stage.receive(R"(51-9["a",{"_placeholder":true,"num":0}])");
    stage.session.received_binary("\1\2");
    CHECK(stage.main->events ==
          std::vector<Received>{{.name = "a",
                                 .arguments = {R"({"_placeholder":true,"num":0})"},
                                 .ack = 9,
                                 .is_binary = true}});
    stage.receive(R"(2["b"])");
    CHECK(stage.main->events.size() == 2);
    CHECK_FALSE(stage.connection.closed);
}

TEST_CASE("what breaks the protocol closes the connection") {
    for (const auto* text :
         {"abc", "", "7", "2", "2{}", "2[]", "2[1]", "2[null]", R"(2["a")", R"(2abc["a"])",
          R"(2/custom,["a"])", "4{}", R"(0[])", R"(0/custom,"a")", R"(0/custom,{"a")"}) {
        CAPTURE(text);
        Stage stage;
        stage.receive("0");
        stage.receive(text);
        CHECK(stage.connection.closed == CloseCode::policy_violation);
        stage.receive(R"(2["late"])");
        CHECK(stage.main->events.empty());
        stage.session.closed();
        CHECK(stage.main->times_disconnected == 1);
    }
}

TEST_CASE("binary values without their event, and text among them, close the connection") {
    Stage stray;
    stray.receive("0");
    stray.session.received_binary("\1");
    CHECK(stray.connection.closed == CloseCode::policy_violation);

    Stage torn;
    torn.receive("0");
    torn.receive(R"(51-["a",{"_placeholder":true,"num":0}])");
    torn.receive(R"(2["b"])");
    CHECK(torn.connection.closed == CloseCode::policy_violation);
    CHECK(torn.main->events.empty());
}

TEST_CASE("what comes for a namespace before its connect closes protocol 5, and 4 ignores it") {
    Stage stage;
    stage.receive(R"(2["a"])");
    CHECK(stage.connection.closed == CloseCode::policy_violation);
    Stage old(revision_3);
    old.receive(R"(2/custom,["a"])");
    CHECK_FALSE(old.connection.closed);
    CHECK(old.custom->events.empty());
}

TEST_CASE("an ack that nobody waits for is ignored") {
    Stage stage;
    stage.receive("0");
    stage.receive("31[1]");
    CHECK_FALSE(stage.connection.closed);
}

TEST_CASE("a client that leaves one namespace keeps the others") {
    Stage stage;
    stage.receive("0");
    stage.receive("0/custom");
    stage.receive("1/custom");
    CHECK(stage.custom->times_disconnected == 1);
    stage.receive(R"(2["a"])");
    CHECK(stage.main->events.size() == 1);
    CHECK_FALSE(stage.connection.closed);
}

TEST_CASE("a client is disconnected once what it was sent before is written") {
    Stage stage;
    stage.receive("0");
    stage.sent();
    stage.main->peer->emit("last", "");
    stage.main->peer->disconnect();
    stage.main->peer->disconnect();
    stage.main->peer->emit("too late", "");
    CHECK(stage.sent() == Strings{R"(2["last"])", "1"});

    stage.receive(R"(2["a"])");
    CHECK(stage.main->events.empty());
    stage.session.written(2);
    CHECK(stage.main->packets_written == 1);
    CHECK(stage.main->times_disconnected == 0);
    stage.session.written(1);
    CHECK(stage.main->times_disconnected == 1);
    stage.session.closed();
    CHECK(stage.main->times_disconnected == 1);
}

TEST_CASE("closing a peer closes the connection") {
    Stage stage;
    stage.receive("0");
    stage.main->peer->close(CloseCode::going_away);
    CHECK(stage.connection.closed == CloseCode::going_away);
    CHECK(stage.main->times_disconnected == 0);
    stage.session.closed();
    CHECK(stage.main->times_disconnected == 1);
}

TEST_CASE("reading is paused while anyone of a connection wants it to be") {
    Stage stage;
    stage.receive("0");
    stage.receive("0/custom");
    stage.main->peer->pause_reading();
    stage.custom->peer->pause_reading();
    CHECK_FALSE(stage.connection.is_reading);
    stage.main->peer->resume_reading();
    CHECK_FALSE(stage.connection.is_reading);
    stage.receive("1/custom");
    CHECK(stage.connection.is_reading);
}

}  // namespace
