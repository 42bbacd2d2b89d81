// What a request may be, as HTTP has it and our bounds do.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "http/listener_fixture.hpp"

using namespace gateway::http;

namespace {

TEST_CASE("HEAD gets the header of GET, and no body") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send(Client::request("HEAD", "/echo") + Client::request("GET", "/echo"));

    const Answer head = client.answer(false);
    CHECK(head.status == 200);
    CHECK(head.has("Content-Length: 11"));
    CHECK(client.answer().body == "GET /echo? ");
}

TEST_CASE("a body arrives whole, in one piece or in chunks") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(client.answer().body == "POST /echo? hello");

    client.send(
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    CHECK(client.answer().body == "POST /echo? hello");
}

TEST_CASE("what is no request is answered with 400 and ends the connection") {
    for (const std::string garbage :
         {"hello\r\n\r\n", "GET /echo HTTP/one\r\n\r\n", "GET /echo HTTP/1.1\r\nbad header\r\n\r\n",
          "GET /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\x01",
          "GET /echo HTTP/1.1\r\n\r\n", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "GET /echo HTTP/2.0\r\n\r\n",
          "GET /echo HTTP/0.9\r\nHost: a\r\n\r\n",
          "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n1"}) {
        CAPTURE(garbage);
        ListenerFixture server;
        Client client(server.context, server.port());
        client.send(garbage);

        const Answer answer = client.answer();
        CHECK(answer.status == 400);
        CHECK(answer.has("Connection: close"));
        CHECK(answer.body.starts_with(R"({"code":"bad_request",)"));
        client.wait_for_end();
        CHECK(client.received().empty());
        run_until(server.context, [&] { return server.connections() == 0; });
    }
}

TEST_CASE("a request beyond a bound is told which one and ends the connection") {
    std::string many;
    for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    const std::string start = "GET /echo HTTP/1.1\r\nHost: test\r\n";
    const std::vector<std::pair<unsigned, std::string>> requests{
        {431, start + "X: " + std::string(300, 'a') + "\r\n\r\n"},
        {431, start + std::string(300, 'X') + ": a\r\n\r\n"},
        {431, start + many + "\r\n"},
        {414, Client::request("GET", "/echo?" + std::string(300, 'a'))},
        {413, "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 11\r\n\r\n"},
        {413,
         "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
         "b\r\n01234567890\r\n"},
    };
    Options options;
    options.max_header_bytes = 256;
    options.max_body_bytes = 10;
    for (const auto& [status, request] : requests) {
        CAPTURE(request);
        ListenerFixture server(options);
        Client client(server.context, server.port());
        client.send(request);
        CHECK(client.answer().status == status);
        client.wait_for_end();

        Client other(server.context, server.port());
        other.send("hello\r\n\r\n");
        CHECK(other.answer().status == 400);
    }
}

TEST_CASE("a request to upgrade is answered once and ends the connection") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send(
        "GET /echo HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    CHECK(client.answer().has("Connection: close"));
    client.wait_for_end();
    CHECK(client.received().empty());

    Client other(server.context, server.port());
    other.send("CONNECT test:1 HTTP/1.1\r\nHost: test\r\n\r\n");
    CHECK(other.answer().status == 404);
    other.wait_for_end();
    CHECK(other.received().empty());
}

TEST_CASE("a client that expects to be told so is told to send its body") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-Continue\r\n"
        "Content-Length: 5\r\n\r\n");
    CHECK(client.answer().header.starts_with("HTTP/1.1 100 Continue\r\n"));
    client.send("hello");
    CHECK(client.answer().body == "POST /echo? hello");

    const std::string expecting =
        "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send(Client::request("GET", "/echo") + expecting);
    CHECK(client.answer().status == 200);
    CHECK(client.answer().status == 100);
    client.send("hello");
    CHECK(client.answer().status == 200);
    // Who does not wait needs no word.
    client.send(expecting + "hello");
    CHECK(client.answer().status == 200);

    Options options;
    options.max_body_bytes = 4;
    ListenerFixture small(options);
    Client other(small.context, small.port());
    other.send(
        "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
        "Content-Length: 5\r\n\r\n");
    CHECK(other.answer().status == 413);
}

TEST_CASE("a reply without content says nothing of its length") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.get("/watched/1");
    server.later()({.status = 204});
    CHECK(client.answer().header.find("Content-Length") == std::string::npos);
    client.get("/watched/1");
    server.later()({.status = 200});
    CHECK(client.answer().has("Content-Length: 0"));
}

TEST_CASE("a target may be a whole URI") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.get("http://other.example:1/echo?a=http://b/c");
    CHECK(client.answer().body == "GET /echo?a=http://b/c ");
    client.get("http://other.example");
    CHECK(client.answer().status == 404);
}

TEST_CASE("HTTP/1.0 needs no host, and is not told to send its body") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send(
        "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\n"
        "Content-Length: 5\r\n\r\nhello");
    const Answer answer = client.answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "POST /echo? hello");
}

}  // namespace
