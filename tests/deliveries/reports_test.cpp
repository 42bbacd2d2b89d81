// What services are told of deliveries that reach nobody.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "deliveries/server.hpp"

using namespace gateway;
using namespace gateway::deliveries;

namespace {

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

}  // namespace
