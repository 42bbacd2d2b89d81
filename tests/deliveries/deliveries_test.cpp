// Servers that deliver to their clients, on one embedded broker.

#include "deliveries/deliveries.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"
#include "gateway/session.hpp"
#include "memory/broker.hpp"

using namespace gateway;
using deliveries::Deliveries;

namespace {

using std::chrono::milliseconds;

/// Everything runs on this thread, inside `until`.
struct Stage : private Consumer::Events, private Producer::Events {
    Stage() {
        for (const auto& broker : brokers.all()) broker->start();
        producer = brokers.standard().open_producer(io.get_executor(), *this);
    }
    ~Stage() {
        witness.reset();
        producer.reset();
        for (const auto& broker : brokers.all()) broker->stop(std::chrono::seconds(1));
        io.restart();
        io.poll();
    }

    static std::vector<std::unique_ptr<Broker>> make_brokers() {
        std::vector<std::unique_ptr<Broker>> brokers;
        brokers.push_back(std::make_unique<memory::Broker>(memory::Options{}));
        return brokers;
    }

    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            io.restart();
            io.run_one_for(milliseconds(100));
        }
        return true;
    }

    void until(const std::function<bool()>& condition) { REQUIRE(comes(condition)); }

    /// What a service sends.
    void send(std::string_view queue, std::string_view value, std::vector<Header> headers = {}) {
        const OutgoingRecord record{.topic = queue, .value = value, .headers = headers};
        CHECK(producer->send({&record, 1}).taken == 1);
    }

    /// The values of a queue, from its beginning, until there are so many.
    std::vector<std::string> values(const std::string& queue, std::size_t count) {
        seen.clear();
        auto consumer = brokers.standard().open_consumer(
            io.get_executor(),
            {.topics = {queue}, .group = "witness", .headers = true, .start = FromEarliest{}},
            *this);
        REQUIRE(consumer);
        witness = std::move(*consumer);
        until([&] { return seen.size() >= count; });
        witness.reset();
        return seen;
    }

    void reported(std::span<const Producer::Report>) override {}
    void room() override {}
    void live(std::span<const Position>) override {}
    void revoked(std::span<const TopicPartition>) override {}
    std::size_t records(std::span<const Record> batch) override {
        for (const Record& record : batch) {
            std::string& value = seen.emplace_back(record.value.value_or(""));
            for (const Header& header : record.headers) {
                value.append(" ").append(header.name).append("=").append(*header.value);
            }
        }
        return batch.size();
    }
    void lost(const Lost&) override {}
    void failed(const Error& error) override { FAIL(error.message); }

    asio::io_context io;
    SessionOptions options;
    Brokers brokers{make_brokers()};
    std::unique_ptr<Producer> producer;
    std::unique_ptr<Consumer> witness;
    std::vector<std::string> seen;
};

/// One server with two shards.
struct Server {
    Server(Stage& stage_in, const std::string& id, milliseconds heartbeat = milliseconds(200))
        : stage(stage_in), node{.id = id, .process = id + ".run", .queue = "athena." + id} {
        health.add(one);
        health.add(two);
        options.heartbeat = heartbeat;
        deliveries =
            std::make_unique<Deliveries>(stage.io.get_executor(), stage.brokers.standard(),
                                         std::vector<Shard*>{&one, &two}, node, counters, options);
        one.nodes = two.nodes = deliveries.get();
        deliveries->start();
    }
    ~Server() {
        CHECK((is_stopped || stop()));
        CHECK(stage.comes(
            [&] { return one.sessions.lingering() == 0 && two.sessions.lingering() == 0; }));
    }

    [[nodiscard]] bool stop() {
        deliveries->stop([this] { is_stopped = true; });
        return stage.comes([&] { return is_stopped; });
    }

    Shard shard() {
        return {.executor = stage.io.get_executor(),
                .options = stage.options,
                .brokers = stage.brokers,
                .health = health,
                .counters = counters,
                .node = node};
    }

    Stage& stage;
    Node node;
    Counters counters;
    deliveries::Options options;
    Health health{{.version = "1", .uptime = [] { return std::chrono::seconds(5); }},
                  stage.brokers};
    Shard one{shard()};
    Shard two{shard()};
    std::unique_ptr<Deliveries> deliveries;
    bool is_stopped = false;
};

struct Client {
    Client(Server& server, Shard& shard, const std::string& user = {}) : stage(server.stage) {
        session = shard.sessions.open(shard, connection, user);
    }
    ~Client() { session->closed(); }

    [[nodiscard]] std::string id() const { return session->client_id(); }

    /// The next frame, without its id, which counts for all clients of a process.
    std::string next() {
        stage.until([&] { return connection.frames.size() > read; });
        session->written(1);
        const std::string& frame = connection.frames[read++];
        return frame.substr(0, 6) == R"({"id":)" ? frame.substr(frame.find(',') + 1) : frame;
    }

    Stage& stage;
    RecordedConnection connection;
    std::shared_ptr<Session> session;
    std::size_t read = 0;
};

std::string to(const std::string& id, const std::string& payload = "1") {
    return R"({"to":")" + id + R"(","p":)" + payload + "}";
}

std::string to_user(const std::string& user, const std::string& payload = "1") {
    return R"({"to":{"user":")" + user + R"("},"p":)" + payload + "}";
}

TEST_CASE("a message reaches the client that it names, and no other") {
    Stage stage;
    Server server(stage, "n");
    Client a(server, server.one);
    Client b(server, server.two);
    stage.send("athena.n", to(b.id(), R"({"total": 3})"));
    stage.send("athena.n", to(a.id()));
    CHECK(b.next() == R"("t":"delivery","p":{"total": 3}})");
    CHECK(a.next() == R"("t":"delivery","p":1})");
    stage.until([&] { return server.counters.deliveries.delivered == 2; });
    CHECK(a.connection.frames.size() == 1);
    CHECK(b.connection.frames.size() == 1);
}

TEST_CASE("the correlation id of a request comes back as refid") {
    Stage stage;
    Server server(stage, "n");
    Client client(server, server.one);
    stage.send("athena.n", to(client.id()), {{"correlation-id", "7"}});
    CHECK(client.next() == R"("refid":7,"t":"delivery","p":1})");
    stage.send("athena.n", to(client.id()), {{"correlation-id", "q 1"}});
    CHECK(client.next() == R"("refid":"q 1","t":"delivery","p":1})");
}

TEST_CASE("messages of one client keep their order") {
    Stage stage;
    Server server(stage, "n");
    Client client(server, server.two);
    for (int i = 0; i < 2500; ++i) stage.send("athena.n", to(client.id(), std::to_string(i)));
    std::string all;
    stage.until([&] { return server.counters.deliveries.delivered == 2500; });
    for (const std::string& frame : client.connection.frames) all += frame;
    std::size_t at = 0;
    for (int i = 0; i < 2500; ++i) {
        at = all.find("\"p\":" + std::to_string(i) + "}", at);
        REQUIRE(at != std::string::npos);
    }
    client.session->written(client.connection.frames.size());
}

TEST_CASE("a message reaches each client of a list") {
    Stage stage;
    Server server(stage, "n");
    Client a(server, server.one);
    Client b(server, server.two);
    Client c(server, server.two);
    stage.send("athena.n", R"({"to":[")" + a.id() + "\",\"" + c.id() + R"("],"p":1})");
    CHECK(a.next() == R"("t":"delivery","p":1})");
    CHECK(c.next() == R"("t":"delivery","p":1})");
    stage.send("athena.n", R"({"to":"*","p":2})");
    for (Client* client : {&a, &b, &c}) CHECK(client->next() == R"("t":"delivery","p":2})");
    stage.until([&] { return server.counters.deliveries.delivered == 5; });
}

TEST_CASE("a message for users reaches all their connections, and no other") {
    Stage stage;
    Server server(stage, "n");
    Client nobody(server, server.one);
    Client ada(server, server.one, "ada");
    Client ada_again(server, server.two, "ada");
    Client ada_twice(server, server.two, "ada");
    Client bob(server, server.two, "bob");
    Client star(server, server.one, "*");
    stage.send("athena.n", to_user("ada"));
    stage.send("athena.n", R"({"to":{"user":["ada","bob"]},"p":2})");
    stage.send("athena.n", R"({"to":{"user":[]},"p":3})");
    stage.send("athena.n", to_user("*", "4"));
    for (Client* client : {&ada, &ada_again, &ada_twice}) {
        std::string all = client->next();
        if (all.find("\"p\":2") == all.npos) all += client->next();
        CHECK(all.find(R"("t":"delivery","p":1})") < all.find(R"("t":"delivery","p":2})"));
    }
    CHECK(bob.next() == R"("t":"delivery","p":2})");
    CHECK(star.next() == R"("t":"delivery","p":4})");
    stage.until([&] { return server.counters.deliveries.delivered == 8; });
    CHECK(nobody.connection.frames.empty());
    CHECK(bob.connection.frames.size() == 1);
    CHECK(star.connection.frames.size() == 1);
}

TEST_CASE("users without a connection are counted and reported where no other server has them") {
    Stage stage;
    Server server(stage, "n");
    Client nobody(server, server.one);
    { const Client ada(server, server.one, "ada"); }
    stage.send("athena.n", R"({"to":{"user":["ada",""]},"p":1})",
               {{"reply-to", "answers"}, {"correlation-id", "c1"}});
    const std::string report = stage.values("answers", 1)[0];
    CHECK(report.find(R"("code":"client_not_found")") != report.npos);
    CHECK(report.find(R"("users":["ada",""]}} correlation-id=c1)") != report.npos);
    CHECK(server.counters.deliveries.unknown == 2);
    CHECK(nobody.connection.frames.empty());
}

TEST_CASE("clients that there are not are counted, and reported where the message asks for it") {
    Stage stage;
    Server server(stage, "n");
    std::string gone;
    {
        Client client(server, server.one);
        gone = client.id();
    }
    stage.send("athena.n", to(gone));
    stage.send("athena.n", R"({"to":["n.run.99","n.before.1","x"],"p":1})",
               {{"reply-to", "answers"}, {"correlation-id", "c1"}});
    const auto reports = stage.values("answers", 2);
    stage.until([&] { return server.counters.deliveries.unknown == 4; });
    const std::string head =
        R"({"t":"delivery","s":1,"p":{"code":"client_not_found","message":)"
        R"("no client of that id or user is connected, or no longer","clients":)";
    CHECK(reports[0] == head + R"(["n.before.1","x"]}} correlation-id=c1)");
    CHECK(reports[1] == head + R"(["n.run.99"]}} correlation-id=c1)");
    CHECK(server.counters.deliveries.delivered == 0);
}

TEST_CASE("what is no delivery is counted, reported, and holds up nothing") {
    Stage stage;
    Server server(stage, "n");
    Client client(server, server.one);
    stage.send("athena.n", "not JSON", {{"reply-to", "answers"}});
    stage.send("athena.n", R"({"to":{"user":7},"p":1})");
    stage.send("athena.n", to(client.id()));
    CHECK(client.next() == R"("t":"delivery","p":1})");
    CHECK(server.counters.deliveries.bad == 2);
    CHECK(stage.values("answers", 1)[0].find(R"("code":"invalid_payload")") != std::string::npos);
}

TEST_CASE("a client that does not read loses what is too much, which is counted and reported") {
    Stage stage;
    stage.options.max_buffered_bytes = 1000;
    Server server(stage, "n");
    Client slow(server, server.one);
    Client other(server, server.one);
    const std::string large = '"' + std::string(5000, 'x') + '"';
    for (int i = 0; i < 10; ++i) {
        stage.send("athena.n", to(slow.id(), large), {{"reply-to", "answers"}});
    }
    stage.send("athena.n", to(other.id()));
    CHECK(other.next() == R"("t":"delivery","p":1})");
    const auto& counts = server.counters.deliveries;
    stage.until([&] { return counts.delivered + counts.dropped == 11; });
    // To the slow one: what its socket takes, and three of 5 KB that may wait up to 16 KB.
    CHECK(counts.delivered == 5);
    CHECK(counts.dropped == 6);
    CHECK(stage.values("answers", 1)[0].find(R"("code":"limit_reached")") != std::string::npos);
    while (slow.read < slow.connection.frames.size()) slow.next();
}

TEST_CASE("what was not taken to clients before a stop is for the next run of the server") {
    Stage stage;
    {
        Server server(stage, "n");
        Client client(server, server.one);
        stage.send("athena.n", to(client.id()));
        client.next();
        REQUIRE(server.stop());
    }
    stage.send("athena.n", R"({"to":"*","p":2})");
    Server server(stage, "n");
    Client client(server, server.two);
    stage.until([&] { return server.counters.deliveries.delivered > 0; });
    CHECK(client.next() == R"("t":"delivery","p":2})");
    CHECK(server.counters.deliveries.delivered == 1);
}

/// How many servers it knows, itself too.
std::ptrdiff_t known(Stage& stage, Server& server) {
    std::string list;
    server.deliveries->list(stage.io.get_executor(),
                            [&](const std::string& answer) { list = answer; });
    stage.until([&] { return !list.empty(); });
    return std::count(list.begin(), list.end(), '{');
}

/// Both servers know each other.
void introduce(Stage& stage, Server& a, Server& b) {
    stage.until([&] { return known(stage, a) == 2 && known(stage, b) == 2; });
}

TEST_CASE("any server takes a message, and the one that has the client delivers it") {
    Stage stage;
    Server a(stage, "a");
    Server b(stage, "b");
    introduce(stage, a, b);
    Client at_a(a, a.one);
    Client at_b(b, b.two);
    stage.send("athena.a", R"({"to":[")" + at_a.id() + "\",\"" + at_b.id() + R"("],"p":1})",
               {{"correlation-id", "7"}});
    CHECK(at_a.next() == R"("refid":7,"t":"delivery","p":1})");
    CHECK(at_b.next() == R"("refid":7,"t":"delivery","p":1})");
    CHECK(a.counters.deliveries.forwarded == 1);
    CHECK(b.counters.deliveries.forwarded == 0);
}

TEST_CASE("a server that starts meets the others before it takes what waits for their clients") {
    Stage stage;
    Server b(stage, "b");
    Client at_b(b, b.one);
    CHECK(stage.values("athena.instances", 1) == std::vector<std::string>{"athena.b"});
    stage.send("athena.a", to(at_b.id()));
    Server a(stage, "a", std::chrono::seconds(10));
    CHECK(at_b.next() == R"("t":"delivery","p":1})");
    CHECK(a.counters.deliveries.unknown == 0);
}

TEST_CASE("what is for all reaches the clients of every server, once") {
    Stage stage;
    Server a(stage, "a");
    Server b(stage, "b");
    introduce(stage, a, b);
    Client at_a(a, a.two);
    Client at_b(b, b.one);
    stage.send("athena.b", R"({"to":"*","p":1})");
    for (Client* client : {&at_a, &at_b}) CHECK(client->next() == R"("t":"delivery","p":1})");
    stage.send("athena.b", to(at_a.id(), "2"));
    CHECK(at_a.next() == R"("t":"delivery","p":2})");
    const auto& by_a = a.counters.deliveries;
    const auto& by_b = b.counters.deliveries;
    stage.until([&] { return by_a.delivered == 2 && by_b.delivered == 1; });
    CHECK(at_b.connection.frames.size() == 1);
    CHECK(by_a.forwarded == 0);
    CHECK(by_b.forwarded == 2);
}

TEST_CASE("what is for a user reaches their connections at every server, once") {
    Stage stage;
    Server a(stage, "a");
    Server b(stage, "b");
    introduce(stage, a, b);
    Client at_a(a, a.two, "ada");
    Client at_b(b, b.one, "ada");
    Client bob(b, b.one, "bob");
    stage.send("athena.a", to_user("ada"), {{"correlation-id", "7"}});
    for (Client* client : {&at_a, &at_b}) {
        CHECK(client->next() == R"("refid":7,"t":"delivery","p":1})");
    }
    // The second server alone has bob; that the first one has not is no report.
    stage.send("athena.a", to_user("bob", "2"), {{"reply-to", "answers"}});
    CHECK(bob.next() == R"("t":"delivery","p":2})");
    stage.send("athena.a", to_user("eve"), {{"reply-to", "answers"}});
    stage.send("athena.a", "not JSON", {{"reply-to", "answers"}});
    CHECK(stage.values("answers", 1)[0].find(R"("code":"invalid_payload")") != std::string::npos);
    stage.until([&] { return a.counters.deliveries.forwarded == 3; });
    CHECK(a.counters.deliveries.delivered == 1);
    CHECK(b.counters.deliveries.delivered == 2);
    CHECK(a.counters.deliveries.unknown == 0);
    CHECK(b.counters.deliveries.unknown == 0);
    CHECK(b.counters.deliveries.forwarded == 0);
}

TEST_CASE("connections of a user that do not read are counted, and the user reported") {
    Stage stage;
    stage.options.max_buffered_bytes = 1000;
    Server server(stage, "n");
    Client slow(server, server.one, "ada");
    const std::string large = '"' + std::string(5000, 'x') + '"';
    for (int i = 0; i < 10; ++i) {
        stage.send("athena.n", to_user("ada", large), {{"reply-to", "answers"}});
    }
    const auto& counts = server.counters.deliveries;
    stage.until([&] { return counts.delivered + counts.dropped == 10; });
    CHECK(counts.dropped == 6);
    const std::string report = stage.values("answers", 1)[0];
    CHECK(report.find(R"("code":"limit_reached")") != report.npos);
    CHECK(report.find(R"("users":["ada"]}})") != report.npos);
    while (slow.read < slow.connection.frames.size()) slow.next();
}

TEST_CASE("a report is dropped and counted while too much of others is not taken yet") {
    Stage stage;
    Server server(stage, "n");
    server.options.max_unsettled_bytes = 1;
    const std::vector<Header> headers{{"reply-to", "answers"}};
    const OutgoingRecord bad{.topic = "athena.n", .value = "not JSON", .headers = headers};
    const std::vector<OutgoingRecord> two(2, bad);
    CHECK(stage.producer->send(two).taken == 2);
    stage.until([&] { return server.counters.deliveries.bad == 2; });
    CHECK(server.counters.deliveries.failed == 1);
    CHECK(stage.values("answers", 1).size() == 1);
}

TEST_CASE("what is too much to be forwarded at once waits, and reaches every server") {
    Stage stage;
    Server a(stage, "a", std::chrono::seconds(10));
    a.options.max_unsettled_bytes = 1;
    std::vector<std::unique_ptr<Server>> others;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 10; ++i) {
        const std::string id = "b" + std::to_string(i);
        others.push_back(std::make_unique<Server>(stage, id, std::chrono::seconds(10)));
        clients.push_back(std::make_unique<Client>(*others.back(), others.back()->one));
    }
    stage.until([&] { return known(stage, a) == 11; });
    stage.send("athena.a", R"({"to":"*","p":1})");
    for (const auto& client : clients) CHECK(client->next() == R"("t":"delivery","p":1})");
    CHECK(a.counters.deliveries.forwarded == 10);
    CHECK(a.counters.deliveries.failed == 0);
}

TEST_CASE("the server that should have the client reports that it has not") {
    Stage stage;
    Server a(stage, "a");
    Server b(stage, "b");
    introduce(stage, a, b);
    stage.send("athena.a", to("b.run.99"), {{"reply-to", "answers"}, {"correlation-id", "7"}});
    CHECK(stage.values("answers", 1)[0].find(R"("clients":["b.run.99"]}} correlation-id=7)") !=
          std::string::npos);
    CHECK(a.counters.deliveries.unknown == 0);
    CHECK(b.counters.deliveries.unknown == 1);
}

TEST_CASE("what was forwarded once goes no further") {
    Stage stage;
    Server a(stage, "a");
    Server b(stage, "b");
    introduce(stage, a, b);
    Client at_b(b, b.one);
    stage.send("athena.a", to(at_b.id()), {{"forwarded-by", "b.run"}});
    stage.until([&] { return a.counters.deliveries.unknown == 1; });
    CHECK(a.counters.deliveries.forwarded == 0);
}

TEST_CASE("servers register, and list each other until they leave") {
    Stage stage;
    Server a(stage, "a");
    Client client(a, a.two);
    {
        Server b(stage, "b", milliseconds(60000));
        introduce(stage, a, b);
        client.session->received_text(R"({"id":1,"t":"node","a":"list"})");
        const std::string list = client.next();
        CHECK(list.find(R"("refid":1,"t":"node","a":"list","s":0,"p":[{"node":"a",)"
                        R"("process":"a.run","queue":"athena.a","since":)") == 0);
        CHECK(list.find(R"("self":true},{"node":"b","process":"b.run","queue":"athena.b",)") !=
              std::string::npos);
        const auto names = stage.values("athena.instances", 2);
        CHECK(std::count(names.begin(), names.end(), "athena.a") == 1);
        CHECK(std::count(names.begin(), names.end(), "athena.b") == 1);
    }
    const auto listed = [&] {
        client.session->received_text(R"({"id":1,"t":"node","a":"list"})");
        return client.next().find("b.run") != std::string::npos;
    };
    stage.until([&] { return !listed(); });
}

TEST_CASE("a server that has no deliveries lists none") {
    Stage stage;
    Server server(stage, "n");
    Shard plain = server.shard();
    Client client(server, plain);
    client.session->received_text(R"({"id":1,"t":"node","a":"list"})");
    CHECK(client.next().find(R"("s":1,"p":{"code":"not_supported")") != std::string::npos);
}

}  // namespace
