// What one server delivers to its clients.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "deliveries/server.hpp"

using namespace gateway;
using namespace gateway::deliveries;

namespace {

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

}  // namespace
