// Several servers, each with clients of its own.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "deliveries/server.hpp"

using namespace gateway;
using namespace gateway::deliveries;

namespace {

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
