#include "engineio/server.hpp"

#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "engineio/stage.hpp"

using namespace gateway;
using namespace gateway::engineio;
using namespace std::chrono_literals;

namespace {

HttpRequest get(std::string query) {
    return {.method = "GET",
            .target = "/socket.io/?" + query,
            .host = "server:8085",
            .origin = {},
            .content_type = {},
            .asked_headers = {},
            .body = {},
            .user = {}};
}

HttpRequest post(std::string query, std::string body) {
    HttpRequest request = get(std::move(query));
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

std::string value_of(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

/// Two servers, as of two threads, in one that runs when it is told to.
struct Pair {
    explicit Pair(Options options = {}) : options(std::move(options)) {}

    /// A request to one of the servers, and everything that comes of it now.
    std::unique_ptr<Request> ask(Server& server, HttpRequest request) {
        auto asked = std::make_unique<Request>();
        asked->events = server.requested(asked->exchange, std::move(request));
        run();
        return asked;
    }

    /// Begins a session by polling; its id.
    std::string open(Server& server, const std::string& revision = "4") {
        const auto asked = ask(server, get("EIO=" + revision + "&transport=polling"));
        asked->end();
        run();
        const std::string& body = asked->exchange.replied->body;
        const std::size_t begin = body.find(R"("sid":")") + 7;
        return body.substr(begin, body.find('"', begin) - begin);
    }

    int status(Server& server, HttpRequest request) {
        return ask(server, std::move(request))->exchange.status();
    }

    /// Without waiting for alarms.
    void run() {
        io.restart();
        io.poll();
    }

    asio::io_context io{};
    Options options;
    Servers servers{};
    std::vector<std::shared_ptr<Speaker>> speakers{};
    std::vector<Connection*> connections{};
    Server::Accept accept = [this](Connection& connection, Dialect) {
        connections.push_back(&connection);
        return speakers.emplace_back(std::make_shared<Speaker>());
    };
    Server one{io.get_executor(), options, servers, accept};
    Server two{io.get_executor(), options, servers, accept};
};

TEST_CASE("what is not asked as the protocol says is refused with its code") {
    Pair pair;
    const std::vector<std::pair<HttpRequest, std::string>> requests{
        {get("EIO=4"), R"({"code":0,"message":"Transport unknown"})"},
        {get("EIO=4&transport=abc"), R"({"code":0,"message":"Transport unknown"})"},
        {get("EIO=4&transport=polling&sid=abc"), R"({"code":1,"message":"Session ID unknown"})"},
        {get("EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAA"),
         R"({"code":1,"message":"Session ID unknown"})"},
        {get("EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAB"),
         R"({"code":1,"message":"Session ID unknown"})"},
        {get("EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA??"),
         R"({"code":1,"message":"Session ID unknown"})"},
        {post("EIO=4&transport=polling", "4a"), R"({"code":2,"message":"Bad handshake method"})"},
        {get("EIO=4&transport=websocket"), R"({"code":3,"message":"Bad request"})"},
        {get("EIO=3&transport=polling&j=0"), R"({"code":3,"message":"Bad request"})"},
        {get("transport=polling"), R"({"code":5,"message":"Unsupported protocol version"})"},
        {get("EIO=5&transport=polling"), R"({"code":5,"message":"Unsupported protocol version"})"},
    };
    for (const auto& [request, body] : requests) {
        CAPTURE(request.target);
        const auto asked = pair.ask(pair.one, request);
        CHECK(asked->exchange.status() == 400);
        CHECK(asked->exchange.body() == body);
    }
    for (const auto* method : {"PUT", "DELETE", "HEAD", "get"}) {
        HttpRequest request = get("EIO=4&transport=polling");
        request.method = method;
        CHECK(pair.status(pair.one, request) == 400);
    }
    CHECK(pair.speakers.empty());
    CHECK(pair.servers.sessions == 0);
}

TEST_CASE("a WebSocket is refused before it is one") {
    Pair pair;
    CHECK(pair.one.refuses(get("transport=websocket"))->status == 400);
    CHECK(pair.one.refuses(get("EIO=4&transport=polling"))->status == 400);
    CHECK(pair.one.refuses(get("EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAAAA"))->status ==
          400);
    CHECK_FALSE(pair.one.refuses(get("EIO=4&transport=websocket")));
    CHECK_FALSE(pair.one.refuses(get("EIO=3&transport=websocket")));
}

TEST_CASE("a session is served by its id, and is gone when it has ended") {
    Pair pair;
    const std::string query = "EIO=4&transport=polling&sid=" + pair.open(pair.one);
    CHECK(pair.servers.sessions == 1);
    CHECK(pair.ask(pair.one, post(query, "4hello"))->exchange.body() == "ok");
    CHECK(pair.speakers.at(0)->received == std::vector<std::string>{"hello"});
    CHECK(pair.ask(pair.one, post(query, "1"))->exchange.body() == "ok");
    CHECK(pair.speakers[0]->times_closed == 1);
    CHECK(pair.servers.sessions == 0);
    CHECK(pair.status(pair.one, get(query)) == 400);
}

TEST_CASE("a session is of the user who began it, and unknown to any other") {
    Pair pair;
    const auto as = [](HttpRequest request, const char* user) {
        request.user = user;
        return request;
    };
    const auto begun = pair.ask(pair.one, as(get("EIO=4&transport=polling"), "ada"));
    begun->end();
    pair.run();
    const std::string& body = begun->exchange.replied->body;
    const std::string sid = body.substr(body.find(R"("sid":")") + 7, 22);
    const std::string query = "EIO=4&transport=polling&sid=" + sid;
    const std::string upgrade = "EIO=4&transport=websocket&sid=" + sid;
    for (Server* const server : {&pair.one, &pair.two}) {
        for (const char* user : {"bob", "", "Ada"}) {
            CAPTURE(user);
            const auto asked = pair.ask(*server, as(post(query, "4hello"), user));
            CHECK(asked->exchange.body() == R"({"code":1,"message":"Session ID unknown"})");
            CHECK(pair.status(*server, as(get(query), user)) == 400);
            Websocket socket;
            socket.events = server->accept(socket.connection, as(get(upgrade), user));
            pair.run();
            CHECK(socket.connection.closed == CloseCode::policy_violation);
            socket.events->closed();
            pair.run();
        }
        CHECK(pair.ask(*server, as(post(query, "4hello"), "ada"))->exchange.body() == "ok");
    }
    CHECK(pair.one.refuses(as(get(upgrade), "bob"))->status == 400);
    CHECK_FALSE(pair.one.refuses(as(get(upgrade), "ada")));
    CHECK(pair.speakers.at(0)->received == std::vector<std::string>{"hello", "hello"});
    CHECK(pair.speakers[0]->times_closed == 0);
}

TEST_CASE("a request that comes in with another server is relayed") {
    Pair pair;
    const std::string query = "EIO=4&transport=polling&sid=" + pair.open(pair.one);
    CHECK(pair.ask(pair.two, post(query, "4hello"))->exchange.body() == "ok");
    CHECK(pair.speakers.at(0)->received == std::vector<std::string>{"hello"});

    const auto poll = pair.ask(pair.two, get(query));
    CHECK_FALSE(poll->exchange.replied);
    pair.connections.at(0)->send_text("back");
    pair.run();
    CHECK(poll->exchange.body() == "4back");
    poll->end();
    pair.run();
    CHECK(pair.speakers[0]->frames_written == 1);

    const auto last = pair.ask(pair.two, get(query));
    last->end(false);
    pair.run();
    CHECK(pair.speakers[0]->times_closed == 1);
    CHECK(pair.status(pair.two, get(query)) == 400);
}

TEST_CASE("a WebSocket that comes in with another server is relayed") {
    Pair pair;
    const std::string sid = pair.open(pair.one);
    Websocket socket;
    socket.events = pair.two.accept(socket.connection, get("EIO=4&transport=websocket&sid=" + sid));
    socket.receive("2probe");
    pair.run();
    CHECK(socket.connection.frames == std::vector<std::string>{"3probe"});
    socket.receive("5");
    socket.receive("4hello");
    socket.events->received_binary("\1\2");
    pair.run();
    CHECK(pair.speakers.at(0)->received == std::vector<std::string>{"hello", "\1\2"});

    pair.connections.at(0)->send_text("back");
    pair.connections.at(0)->send_binary("\3");
    pair.run();
    CHECK(socket.connection.frames == std::vector<std::string>{"3probe", "4back", "\3"});
    socket.events->written(3);
    pair.run();
    CHECK(pair.speakers[0]->frames_written == 2);

    pair.connections.at(0)->pause_reading();
    pair.run();
    CHECK_FALSE(socket.connection.is_reading);
    pair.connections.at(0)->resume_reading();
    pair.run();
    CHECK(socket.connection.is_reading);

    pair.connections.at(0)->close(CloseCode::going_away);
    pair.run();
    CHECK(socket.connection.closed == CloseCode::going_away);
    socket.events->closed();
    pair.run();
    CHECK(pair.speakers[0]->times_closed == 1);
    CHECK(pair.servers.sessions == 0);
}

TEST_CASE("a relayed WebSocket is read no further than its session takes") {
    Pair pair;
    Websocket socket;
    socket.events = pair.two.accept(socket.connection,
                                    get("EIO=4&transport=websocket&sid=" + pair.open(pair.one)));
    socket.receive("2probe");
    socket.receive("5");
    for (int i = 0; i < 100; ++i) socket.receive("4" + std::string(1000, 'x'));
    CHECK_FALSE(socket.connection.is_reading);
    pair.run();
    CHECK(socket.connection.is_reading);
    CHECK(pair.speakers.at(0)->received.size() == 100);
}

TEST_CASE("a WebSocket for a session that is gone is closed, wherever it comes in") {
    for (const bool is_relayed : {false, true}) {
        Pair pair;
        const std::string sid = pair.open(pair.one);
        pair.one.stop();
        Websocket socket;
        Server& server = is_relayed ? pair.two : pair.one;
        socket.events =
            server.accept(socket.connection, get("EIO=4&transport=websocket&sid=" + sid));
        socket.receive("2probe");
        pair.run();
        CHECK(socket.connection.closed == CloseCode::policy_violation);
        CHECK(socket.connection.frames.empty());
        socket.events->closed();
        pair.run();
    }
}

TEST_CASE("sessions of all servers together are limited") {
    Pair pair({.max_sessions = 2});
    const std::string sid = pair.open(pair.one);
    pair.open(pair.two);
    CHECK(pair.status(pair.one, get("EIO=4&transport=polling")) == 503);
    CHECK(pair.two.refuses(get("EIO=4&transport=websocket"))->status == 503);
    pair.ask(pair.one, post("EIO=4&transport=polling&sid=" + sid, "1"));
    CHECK(pair.status(pair.two, get("EIO=4&transport=polling")) == 200);
}

TEST_CASE("a server that accepts no more goes on with the sessions it has") {
    Pair pair;
    const std::string query = "EIO=4&transport=polling&sid=" + pair.open(pair.one);
    pair.one.stop_accepting();
    CHECK(pair.status(pair.one, get("EIO=4&transport=polling")) == 503);
    CHECK(pair.ask(pair.one, post(query, "4hello"))->exchange.body() == "ok");
    pair.one.stop();
    CHECK(pair.speakers.at(0)->times_closed == 1);
    CHECK(pair.servers.sessions == 0);
}

TEST_CASE("a session's alarms ring, and never after its end") {
    Pair pair({.ping_interval = 1ms, .ping_timeout = 1ms});
    const std::string sid = pair.open(pair.one);
    pair.io.restart();
    pair.io.run();
    CHECK(pair.speakers.at(0)->times_closed == 1);
    CHECK(pair.one.sessions() == 0);
}

TEST_CASE("a binary body of revision 3 is known by its type") {
    Pair pair;
    HttpRequest request =
        post("EIO=3&transport=polling&sid=" + pair.open(pair.one, "3"), std::string("\0\3\xff"
                                                                                    "4hi",
                                                                                    6));
    request.content_type = "application/octet-stream";
    CHECK(pair.ask(pair.one, request)->exchange.body() == "ok");
    CHECK(pair.speakers.at(0)->received == std::vector<std::string>{"hi"});
}

TEST_CASE("pages of any origin may connect unless origins are named") {
    Pair open;
    HttpRequest request = get("EIO=4&transport=polling");
    request.origin = "https://example.com";
    CHECK(open.status(open.one, request) == 200);
    const auto headers = open.one.headers(request);
    CHECK(value_of(headers, "Access-Control-Allow-Origin") == "https://example.com");
    CHECK(value_of(headers, "Access-Control-Allow-Credentials") == "true");
    CHECK(value_of(headers, "Vary") == "Origin");

    Pair strict({.origins = {"https://example.com"}});
    CHECK(strict.status(strict.one, request) == 200);
    request.origin = "https://Example.COM";
    CHECK(strict.status(strict.one, request) == 200);
    request.origin = "http://server:8085";
    CHECK(strict.status(strict.one, request) == 200);
    for (const auto* origin : {"https://evil.com", "http://example.com", "https://example.com.evil",
                               "null", "http://server:80", "server:8085"}) {
        CAPTURE(origin);
        request.origin = origin;
        CHECK(strict.status(strict.one, request) == 403);
        CHECK(value_of(strict.one.headers(request), "Access-Control-Allow-Origin").empty());
        CHECK(strict.one
                  .refuses({.method = "GET",
                            .target = "/socket.io/?EIO=4&transport=websocket",
                            .host = "server:8085",
                            .origin = origin,
                            .content_type = {},
                            .asked_headers = {},
                            .body = {},
                            .user = {}})
                  ->status == 403);
    }
    request.origin = "";
    CHECK(strict.status(strict.one, request) == 200);
    CHECK(value_of(strict.one.headers(request), "Access-Control-Allow-Origin").empty());
}

TEST_CASE("a browser may ask first") {
    Pair pair({.origins = {"https://example.com"}});
    HttpRequest request = get("EIO=4&transport=polling");
    request.method = "OPTIONS";
    request.origin = "https://example.com";
    request.asked_headers = "content-type";
    const auto asked = pair.ask(pair.one, request);
    CHECK(asked->exchange.status() == 204);
    const auto& headers = asked->exchange.replied->headers;
    CHECK(value_of(headers, "Access-Control-Allow-Methods") == "GET, POST");
    CHECK(value_of(headers, "Access-Control-Allow-Headers") == "content-type");
    request.origin = "https://evil.com";
    CHECK(pair.status(pair.one, request) == 403);
    CHECK(pair.speakers.empty());
}

}  // namespace
