#include "http/listener.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "http/listener_fixture.hpp"

using namespace std::chrono_literals;
using namespace gateway::http;

namespace {

/// While it lives, this process cannot open another file or socket.
class NoMoreDescriptors {
public:
    NoMoreDescriptors() {
        REQUIRE(getrlimit(RLIMIT_NOFILE, &former_) == 0);
        const int next = dup(STDERR_FILENO);
        close(next);
        const rlimit limit{static_cast<rlim_t>(next), former_.rlim_max};
        REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    }
    NoMoreDescriptors(const NoMoreDescriptors&) = delete;
    NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
    ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &former_); }

private:
    rlimit former_{};
};

TEST_CASE("a request is answered by its route, with what every reply has") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.get("/echo?a=1&b");

    const Answer answer = client.answer();
    CHECK(answer.status == 200);
    CHECK(answer.header.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.has("Content-Type: text/plain"));
    CHECK(answer.has("X-Echo: yes"));
    CHECK(answer.header.find("\r\nDate: ") != std::string::npos);
    CHECK(answer.body == "GET /echo?a=1&b ");
}

TEST_CASE("a connection is kept for the next request, and requests may be sent ahead") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send(Client::request("GET", "/echo?1") + Client::request("GET", "/echo?2"));
    CHECK(client.answer().body == "GET /echo?1 ");
    CHECK(client.answer().body == "GET /echo?2 ");

    client.get("/echo?3");
    CHECK(client.answer().body == "GET /echo?3 ");
    CHECK(server.connections() == 1);
}

TEST_CASE("requests sent ahead are answered in order, wherever the bytes are cut") {
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += Client::request("GET", "/echo?" + std::to_string(i));
    }
    for (const std::size_t cut : {std::size_t{5}, requests.size() / 2, requests.size() - 1}) {
        CAPTURE(cut);
        ListenerFixture server;
        Client client(server.context, server.port());
        client.send(requests.substr(0, cut));
        int answered = 0;
        const auto next = [&] {
            CHECK(client.answer().body == "GET /echo?" + std::to_string(answered++) + " ");
        };
        while (answered < static_cast<int>(cut * 50 / requests.size()) - 1) next();
        client.send(requests.substr(cut));
        while (answered < 50) next();
        CHECK(server.connections() == 1);
    }
}

TEST_CASE("a client may ask for the connection to be closed") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.send("GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    CHECK(client.answer().has("Connection: close"));
    client.wait_for_end();
}

TEST_CASE("unknown paths and methods are answered, and the connection is kept") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.get("/nothing");
    CHECK(client.answer().status == 404);

    client.send(Client::request("DELETE", "/echo"));
    const Answer refused = client.answer();
    CHECK(refused.status == 405);
    CHECK(refused.has("Allow: GET, HEAD, POST"));

    client.get("/echo");
    CHECK(client.answer().status == 200);
}

TEST_CASE("where others have taken the places that they share, a connection is answered with 503") {
    gateway::Places places{.limit = 2, .taken = 1};
    ListenerFixture server({}, false, &places);
    Client first(server.context, server.port());
    first.get("/echo");
    CHECK(first.answer().status == 200);
    CHECK(places.taken == 2);
    CHECK(Client(server.context, server.port()).answer().status == 503);

    --places.taken;
    std::optional<Client> second(std::in_place, server.context, server.port());
    second->get("/echo");
    CHECK(second->answer().status == 200);
    second.reset();
    run_until(server.context, [&] { return places.taken == 1; });
    CHECK(server.connections() == 1);
}

TEST_CASE("a connection beyond the limit is answered with 503, and one fewer makes room") {
    Options options;
    options.max_connections = 1;
    ListenerFixture server(options);
    std::optional<Client> first(std::in_place, server.context, server.port());
    first->get("/echo");
    CHECK(first->answer().status == 200);

    Client second(server.context, server.port());
    const Answer refused = second.answer();
    CHECK(refused.status == 503);
    CHECK(refused.has("Retry-After: 1"));
    CHECK(refused.body.starts_with(R"({"code":"limit_reached",)"));
    second.wait_for_end();

    first.reset();
    run_until(server.context, [&] { return server.connections() == 0; });
    Client third(server.context, server.port());
    third.get("/echo");
    CHECK(third.answer().status == 200);
}

TEST_CASE("a connection that cannot be accepted for want of a descriptor is accepted later") {
    ListenerFixture server;
    Client client(server.context, server.port());
    {
        const NoMoreDescriptors none;
        REQUIRE(server.context.run_one_for(10s) == 1);
        CHECK(server.connections() == 0);
    }
    client.get("/echo");
    CHECK(client.answer().status == 200);
}

TEST_CASE("a client that sends no request, or half of one, is closed after the idle time") {
    Options options;
    options.idle_timeout = 50ms;
    ListenerFixture server(options);
    Client silent(server.context, server.port());
    Client half(server.context, server.port());
    half.send("GET /echo HTT");
    silent.wait_for_end();
    CHECK(silent.received().empty());
    CHECK(half.answer().status == 408);
    half.wait_for_end();

    Client ahead(server.context, server.port());
    ahead.send(Client::request("GET", "/echo") + "GET /echo HTT");
    CHECK(ahead.answer().status == 200);
    CHECK(ahead.answer().status == 408);
    ahead.wait_for_end();

    Client whole(server.context, server.port());
    whole.get("/echo");
    CHECK(whole.answer().status == 200);
    whole.wait_for_end();
    CHECK(whole.received().empty());
}

TEST_CASE("a request without a reply is closed after the time for it") {
    Options options;
    options.reply_timeout = 50ms;
    ListenerFixture server(options);
    Client client(server.context, server.port());
    client.get("/later");
    const Respond respond = server.later();
    client.wait_for_end();
    CHECK(client.received().empty());
}

TEST_CASE("a reply may come later, and to a client that is gone") {
    ListenerFixture server;
    std::optional<Client> client(std::in_place, server.context, server.port());
    client->get("/later");
    server.later()({.status = 200, .content_type = "text/plain", .body = "late", .headers = {}});
    CHECK(client->answer().body == "late");

    client->get("/later");
    const Respond respond = server.later();
    client.reset();
    respond({.status = 200, .content_type = "text/plain", .body = "lost", .headers = {}});
    run_until(server.context, [&] { return server.connections() == 0; });
}

TEST_CASE("stopping ends connections that wait and lets those with a request have their reply") {
    ListenerFixture server;
    Client idle(server.context, server.port());
    Client busy(server.context, server.port());
    busy.get("/later");
    const Respond respond = server.later();
    run_until(server.context, [&] { return server.connections() == 2; });

    server.stop();
    idle.wait_for_end();
    CHECK_FALSE(busy.is_closed());
    respond({.status = 200, .content_type = "text/plain", .body = "late", .headers = {}});
    const Answer answer = busy.answer();
    CHECK(answer.body == "late");
    CHECK(answer.has("Connection: close"));
    busy.wait_for_end();
    run_until(server.context, [&] { return server.connections() == 0; });
}

TEST_CASE(
    "a client that leaves while it waits is noticed, once, and one that has its reply is not") {
    ListenerFixture server;
    std::optional<Client> client(std::in_place, server.context, server.port());
    for (int i = 0; i < 2; ++i) {
        client->get("/watched/1");
        server.later()({.status = 200, .content_type = "text/plain", .body = "late"});
        CHECK(client->answer().body == "late");
    }
    client->get("/echo");
    CHECK(client->answer().status == 200);
    CHECK(server.left == 0);

    client->get("/watched/1");
    const Respond respond = server.later();
    client.reset();
    run_until(server.context, [&] { return server.left == 1; });
    respond({.status = 200, .content_type = "text/plain", .body = "lost"});
    run_until(server.context, [&] { return server.connections() == 0; });
    CHECK(server.left == 1);
}

TEST_CASE("a request that was sent ahead is no end") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.get("/watched/1");
    const Respond respond = server.later();
    client.get("/echo?1");
    server.context.restart();
    server.context.run_for(20ms);
    CHECK(server.left == 0);
    respond({.status = 200, .content_type = "text/plain", .body = "late"});
    CHECK(client.answer().body == "late");
    CHECK(client.answer().body == "GET /echo?1 ");
}

TEST_CASE("a reply can tell whether it was sent") {
    ListenerFixture server;
    Client client(server.context, server.port());
    client.get("/later");
    std::optional<bool> is_sent;
    server.later()({.status = 200, .sent = [&](bool sent) { is_sent = sent; }});
    CHECK(client.answer().status == 200);
    CHECK(is_sent == true);
}

TEST_CASE("a patient route takes its time, and the others do not") {
    Options options;
    options.reply_timeout = 50ms;
    ListenerFixture server(options, true);
    Client patient(server.context, server.port());
    patient.get("/watched/1");
    const Respond respond = server.later();
    Client hasty(server.context, server.port());
    hasty.get("/later");
    hasty.wait_for_end();
    CHECK(hasty.received().empty());
    CHECK_FALSE(patient.is_closed());
    respond({.status = 200, .content_type = "text/plain", .body = "late"});
    CHECK(patient.answer().body == "late");
}

TEST_CASE("nobody can connect after a stop") {
    ListenerFixture server;
    const std::uint16_t port = server.port();
    server.stop();
    asio::ip::tcp::socket socket(server.context);
    CHECK_THROWS_AS(socket.connect({asio::ip::address_v4::loopback(), port}), std::system_error);
}

}  // namespace
