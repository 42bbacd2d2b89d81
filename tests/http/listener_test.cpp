#include "http/listener.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/post.hpp>

#include "http/client.hpp"

using namespace std::chrono_literals;
using namespace gateway::http;

namespace {

/// A listener with two routes: one that echoes, and one that replies when the test says so.
class Fixture {
public:
    explicit Fixture(const Options& options = {}, bool is_patient = false,
                     gateway::Places* places = nullptr)
        : is_patient_(is_patient),
          port_(std::make_shared<Port>("127.0.0.1", 0, places)),
          listener_(context, port_, options, routes()) {
        listener_.start();
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;
    ~Fixture() { listener_.stop(); }

    [[nodiscard]] std::uint16_t port() const { return port_->number(); }
    [[nodiscard]] std::size_t connections() const { return port_->connections(); }
    void stop() { listener_.stop(); }

    /// Replies to the request for /later, once it is there.
    Respond later() {
        run_until(context, [this] { return later_.has_value(); });
        Respond respond = std::move(*later_);
        later_.reset();
        return respond;
    }

    asio::io_context context;
    int left = 0;  ///< Clients that were watched.

private:
    static Reply text(std::string body) {
        return {.status = 200,
                .content_type = "text/plain",
                .body = std::move(body),
                .headers = {{"X-Echo", "yes"}}};
    }

    std::vector<Route> routes() {
        const auto echo = [](const Request& request, const Respond& respond) {
            std::string body(request.method);
            body.append(" ").append(request.path).append("?").append(request.query);
            respond(text(body.append(" ").append(request.body)));
        };
        return {
            {.method = "GET", .path = "/echo", .handler = echo},
            {.method = "POST", .path = "/echo", .handler = echo},
            {.method = "GET",
             .path = "/later",
             .handler = [this](const Request&, Respond respond) { later_ = std::move(respond); }},
            {.method = "GET",
             .path = "/watched/*",
             .handler =
                 [this](const Request& request, Respond respond) {
                     later_ = std::move(respond);
                     request.peer->watch([this] {
                         later_.reset();
                         ++left;
                     });
                 },
             .is_patient = is_patient_}};
    }

    bool is_patient_;
    std::shared_ptr<Port> port_;
    std::optional<Respond> later_;
    Listener listener_;
};

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
    Fixture server;
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
    Fixture server;
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
        Fixture server;
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
    Fixture server;
    Client client(server.context, server.port());
    client.send("GET /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    CHECK(client.answer().has("Connection: close"));
    client.wait_for_end();
}

TEST_CASE("HEAD gets the header of GET, and no body") {
    Fixture server;
    Client client(server.context, server.port());
    client.send(Client::request("HEAD", "/echo") + Client::request("GET", "/echo"));

    const Answer head = client.answer(false);
    CHECK(head.status == 200);
    CHECK(head.has("Content-Length: 11"));
    CHECK(client.answer().body == "GET /echo? ");
}

TEST_CASE("a body arrives whole, in one piece or in chunks") {
    Fixture server;
    Client client(server.context, server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
    CHECK(client.answer().body == "POST /echo? hello");

    client.send(
        "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
    CHECK(client.answer().body == "POST /echo? hello");
}

TEST_CASE("unknown paths and methods are answered, and the connection is kept") {
    Fixture server;
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

TEST_CASE("what is no request is answered with 400 and ends the connection") {
    for (const std::string garbage :
         {"hello\r\n\r\n", "GET /echo HTTP/one\r\n\r\n", "GET /echo HTTP/1.1\r\nbad header\r\n\r\n",
          "GET /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\x16\x03\x01\x02\x01",
          "GET /echo HTTP/1.1\r\n\r\n", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "GET /echo HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "GET /echo HTTP/2.0\r\n\r\n",
          "GET /echo HTTP/0.9\r\nHost: a\r\n\r\n",
          "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n1"}) {
        CAPTURE(garbage);
        Fixture server;
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
        Fixture server(options);
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
    Fixture server;
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

TEST_CASE("where others have taken the places that they share, a connection is answered with 503") {
    gateway::Places places{.limit = 2, .taken = 1};
    Fixture server({}, false, &places);
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
    Fixture server(options);
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
    Fixture server;
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
    Fixture server(options);
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
    Fixture server(options);
    Client client(server.context, server.port());
    client.get("/later");
    const Respond respond = server.later();
    client.wait_for_end();
    CHECK(client.received().empty());
}

TEST_CASE("a reply may come later, and to a client that is gone") {
    Fixture server;
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
    Fixture server;
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

TEST_CASE("a client that expects to be told so is told to send its body") {
    Fixture server;
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
    Fixture small(options);
    Client other(small.context, small.port());
    other.send(
        "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
        "Content-Length: 5\r\n\r\n");
    CHECK(other.answer().status == 413);
}

TEST_CASE("a reply without content says nothing of its length") {
    Fixture server;
    Client client(server.context, server.port());
    client.get("/watched/1");
    server.later()({.status = 204});
    CHECK(client.answer().header.find("Content-Length") == std::string::npos);
    client.get("/watched/1");
    server.later()({.status = 200});
    CHECK(client.answer().has("Content-Length: 0"));
}

TEST_CASE("a target may be a whole URI") {
    Fixture server;
    Client client(server.context, server.port());
    client.get("http://other.example:1/echo?a=http://b/c");
    CHECK(client.answer().body == "GET /echo?a=http://b/c ");
    client.get("http://other.example");
    CHECK(client.answer().status == 404);
}

TEST_CASE("HTTP/1.0 needs no host, and is not told to send its body") {
    Fixture server;
    Client client(server.context, server.port());
    client.send(
        "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\n"
        "Content-Length: 5\r\n\r\nhello");
    const Answer answer = client.answer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "POST /echo? hello");
}

TEST_CASE(
    "a client that leaves while it waits is noticed, once, and one that has its reply is not") {
    Fixture server;
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
    Fixture server;
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
    Fixture server;
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
    Fixture server(options, true);
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
    Fixture server;
    const std::uint16_t port = server.port();
    server.stop();
    asio::ip::tcp::socket socket(server.context);
    CHECK_THROWS_AS(socket.connect({asio::ip::address_v4::loopback(), port}), std::system_error);
}

}  // namespace
