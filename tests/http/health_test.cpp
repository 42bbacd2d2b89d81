#include "http/health.hpp"

#include <optional>
#include <string>
#include <utility>

#include <asio/post.hpp>

#include "http/client.hpp"
#include "http/listener.hpp"

using namespace gateway::http;

namespace {

class FakeHealth : public Health {
public:
    void report(asio::any_io_executor executor, OnReport done) override {
        asio::post(executor, [done = std::move(done)] { done(R"({"up":true})"); });
    }
    [[nodiscard]] std::optional<std::string> not_ready() const override { return reason; }

    std::optional<std::string> reason;
};

struct Fixture {
    Fixture() {
        listener.start();
        client.emplace(context, port->number());
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;
    ~Fixture() { listener.stop(); }

    Answer get(std::string_view path) {
        client->get(path);
        return client->answer();
    }

    asio::io_context context;
    FakeHealth health;
    std::shared_ptr<Port> port = std::make_shared<Port>("127.0.0.1", 0);
    Listener listener{context, port, Options{}, health_routes(health)};
    std::optional<Client> client;
};

TEST_CASE("/health is the report, which may take its time") {
    Fixture server;
    const Answer answer = server.get("/health");
    CHECK(answer.status == 200);
    CHECK(answer.has("Content-Type: application/json"));
    CHECK(answer.has("Access-Control-Allow-Origin: *"));
    CHECK(answer.has("Cache-Control: no-store"));
    CHECK(answer.body == R"({"up":true})");
}

TEST_CASE("/healthz is ok whether the server is ready or not") {
    Fixture server;
    server.health.reason = "draining";
    const Answer answer = server.get("/healthz");
    CHECK(answer.status == 200);
    CHECK(answer.body == "ok\n");
}

TEST_CASE("/readyz says why the server is not ready, and when it is again") {
    Fixture server;
    CHECK(server.get("/readyz").body == "ready\n");

    server.health.reason = "kafka: 127.0.0.1:9092 does not answer";
    const Answer refused = server.get("/readyz");
    CHECK(refused.status == 503);
    CHECK(refused.body == "not ready: kafka: 127.0.0.1:9092 does not answer\n");

    server.health.reason.reset();
    CHECK(server.get("/readyz").status == 200);
}

}  // namespace
