#include "http/services.hpp"

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "http/client.hpp"
#include "http/listener.hpp"

using namespace std::chrono_literals;
using namespace gateway::http;
using gateway::services::Switchboard;

namespace {

std::string post(std::string_view target, std::string_view body, std::string_view headers = "") {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n{}\r\n{}",
        target, body.size(), headers, body);
}

struct Fixture {
    explicit Fixture(const gateway::services::Options& options = {})
        : board(context.get_executor(), options, [] { return std::chrono::steady_clock::now(); }) {
        listener.start();
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;
    ~Fixture() {
        // Whoever waits has its reply before its connection is gone.
        board.stop();
        listener.stop();
        context.restart();
        context.run_for(10ms);
    }

    Client& open() {
        return *clients.emplace_back(std::make_unique<Client>(context, port->number()));
    }

    /// What a client of its own is answered.
    Answer ask(std::string request, bool has_body = true) {
        Client client(context, port->number());
        client.send(std::move(request));
        return client.answer(has_body);
    }
    Answer get(std::string_view target) { return ask(Client::request("GET", target)); }

    /// Takes the next job, and says its id.
    std::string take(std::string_view target = "/service/sum/jobs") {
        const Answer answer = get(target);
        REQUIRE(answer.status == 200);
        const std::size_t begin = answer.body.find(R"("id":")") + 6;
        return answer.body.substr(begin, 36);
    }

    /// How many jobs are queued, as everyone is told.
    void wait_for(std::string_view services) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (get("/service").body.find(services) == std::string::npos) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
        }
    }

    asio::io_context context;
    Switchboard board;
    std::shared_ptr<Port> port = std::make_shared<Port>("127.0.0.1", 0);
    Listener listener{context, port, Options{}, service_routes(board)};
    std::vector<std::unique_ptr<Client>> clients;
};

TEST_CASE("a job goes from its caller to a worker, and the answer back") {
    Fixture server;
    Client& caller = server.open();
    caller.send(post("/service/sum?timeout=60s", R"( [1, 2.0] )"));
    const Answer job = server.get("/service/sum/jobs");
    CHECK(job.status == 200);
    CHECK(job.has("Content-Type: application/json"));
    CHECK(job.body.starts_with(R"({"id":")"));
    CHECK(job.body.substr(43) == R"(","originalRequest": [1, 2.0] ,"lease":30000,"attempt":1})");

    const std::string id = job.body.substr(7, 36);
    const Answer taken = server.ask(post("/jobs/" + id, R"({"sum": 3})"));
    CHECK(taken.status == 200);
    CHECK(taken.body.empty());
    CHECK(taken.header.find("Content-Type") == std::string::npos);

    const Answer answer = caller.answer();
    CHECK(answer.status == 200);
    CHECK(answer.has("Content-Type: application/json"));
    CHECK(answer.body == R"({"sum": 3})");
}

TEST_CASE("a command goes along") {
    Fixture server;
    server.open().send(post("/service/sum?command=add%20%22all%22", "[]"));
    CHECK(server.get("/service/sum/jobs").body.ends_with(R"(,"command":"add \"all\""})"));
}

TEST_CASE("a worker that asks for several gets a list of what there is") {
    Fixture server;
    for (int i = 0; i < 3; ++i) server.open().send(post("/service/sum", std::to_string(i)));
    server.wait_for(R"("queued":3)");
    const Answer two = server.get("/service/sum/jobs?n=2");
    CHECK(two.body.starts_with("[{"));
    CHECK(two.body.find(R"("originalRequest":0)") != std::string::npos);
    CHECK(two.body.find(R"("originalRequest":1)") != std::string::npos);
    CHECK(two.body.find(R"("originalRequest":2)") == std::string::npos);
    CHECK(server.get("/service/sum/jobs?n=5").body.find(R"("originalRequest":2)") !=
          std::string::npos);
}

TEST_CASE("a worker waits for a job, or is told that none came") {
    Fixture server;
    Client& worker = server.open();
    worker.get("/service/sum/jobs");
    server.wait_for(R"("polls":1)");
    server.open().send(post("/service/sum", "7"));
    CHECK(worker.answer().body.find(R"("originalRequest":7)") != std::string::npos);

    const Answer none = server.get("/service/other/jobs?timeout=20ms");
    CHECK(none.status == 204);
    CHECK(none.body.empty());
    CHECK(server.ask("GET /service/other/jobs HTTP/1.1\r\nHost: t\r\nPrefer: wait=0\r\n\r\n")
              .status == 204);
}

TEST_CASE("HEAD takes no job") {
    Fixture server;
    CHECK(server.ask(Client::request("HEAD", "/service/sum/jobs"), false).status == 204);
    server.open().send(post("/service/sum", "1"));
    server.wait_for(R"("queued":1)");
    CHECK(server.ask(Client::request("HEAD", "/service/sum/jobs"), false).status == 200);
    server.take();
}

TEST_CASE("a job that failed says so to its caller") {
    Fixture server;
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    CHECK(server.ask(post("/jobs/" + server.take(), R"( {"error": {"why": "?"}})")).status == 200);
    const Answer failed = caller.answer();
    CHECK(failed.status == 502);
    CHECK(failed.body == R"( {"error": {"why": "?"}})");

    caller.send(post("/service/sum", "1"));
    server.ask(post("/jobs/" + server.take(), R"({"error":null,"value":1})"));
    CHECK(caller.answer().status == 200);
}

TEST_CASE("a second answer is refused, and one to no job") {
    Fixture server;
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    const std::string id = server.take();
    server.ask(post("/jobs/" + id, "1"));
    CHECK(caller.answer().body == "1");
    const Answer second = server.ask(post("/jobs/" + id, "2"));
    CHECK(second.status == 409);
    CHECK(second.body.starts_with(R"({"code":"job_answered",)"));
    const Answer unknown = server.ask(post("/jobs/67e55044-10b1-426f-9247-bb680e5fe0c8", "2"));
    CHECK(unknown.status == 404);
    CHECK(unknown.body.starts_with(R"({"code":"job_not_found",)"));
    CHECK(server.ask(post("/jobs/1", "2")).status == 404);
}

TEST_CASE("a caller is told when its time is over: begun or not") {
    Fixture server;
    const Answer alone = server.ask(post("/service/sum?timeout=20ms", "1"));
    CHECK(alone.status == 503);
    CHECK(alone.has("Retry-After: 1"));
    CHECK(alone.body.starts_with(R"({"code":"service_unavailable",)"));

    Client& caller = server.open();
    caller.send(post("/service/sum", "1", "Prefer: wait=0.1\r\n"));
    const std::string id = server.take();
    const Answer late = caller.answer();
    CHECK(late.status == 504);
    CHECK(late.body.starts_with(R"({"code":"job_expired",)"));
    const Answer refused = server.ask(post("/jobs/" + id, "1"));
    CHECK(refused.status == 409);
    CHECK(refused.body.starts_with(R"({"code":"job_expired",)"));
}

TEST_CASE("a job that is not answered goes to others, and then its caller is told") {
    Fixture server({.lease = 20ms, .attempts = 2});
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    const std::string id = server.take();
    const Answer again = server.get("/service/sum/jobs");
    CHECK(again.body.substr(7, 36) == id);
    CHECK(again.body.find(R"("attempt":2)") != std::string::npos);
    const Answer told = caller.answer();
    CHECK(told.status == 504);
    CHECK(told.body.starts_with(R"({"code":"job_abandoned",)"));
}

TEST_CASE("a worker that says how far it is keeps its job") {
    Fixture server({.lease = 200ms, .attempts = 1});
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    const std::string id = server.take();
    for (int i = 0; i < 3; ++i) {
        server.context.restart();
        server.context.run_for(100ms);
        CHECK(server.ask(post("/jobs/" + id + "/progress", "50")).status == 200);
    }
    CHECK(server.ask(post("/jobs/" + id, "2")).status == 200);
    CHECK(caller.answer().body == "2");
}

TEST_CASE("who wants no answer at once is told where it will be") {
    Fixture server;
    const Answer accepted = server.ask(post("/service/sum", "1", "Prefer: respond-async\r\n"));
    CHECK(accepted.status == 202);
    const std::string id = accepted.body.substr(7, 36);
    CHECK(accepted.body == R"({"id":")" + id + "\"}");
    CHECK(accepted.has("Location: /jobs/" + id));
    CHECK(server.get("/jobs/" + id).body ==
          R"({"id":")" + id + R"(","service":"sum","state":"queued","attempts":0})");

    CHECK(server.take() == id);
    CHECK(server.get("/jobs/" + id).body.find(R"("state":"working","attempts":1)") !=
          std::string::npos);
    server.ask(post("/jobs/" + id, "[2]"));
    CHECK(
        server.get("/jobs/" + id).body.ends_with(R"("state":"done","attempts":1,"response":[2]})"));
    CHECK(server.get("/jobs/67e55044-10b1-426f-9247-bb680e5fe0c8").status == 404);
}

TEST_CASE("who waits a while for an answer gets it, or is told where it will be") {
    Fixture server;
    Client& caller = server.open();
    caller.send(post("/service/sum", "1", "Prefer: respond-async, wait=10\r\n"));
    server.ask(post("/jobs/" + server.take(), "2"));
    CHECK(caller.answer().status == 200);

    caller.send(post("/service/sum", "1", "Prefer: respond-async, wait=0.02\r\n"));
    CHECK(caller.answer().status == 202);
    server.take();
}

TEST_CASE("a caller that leaves cancels its job") {
    Fixture server;
    server.open().send(post("/service/sum", "1"));
    server.wait_for(R"("queued":1)");
    server.clients.clear();
    server.wait_for("[]");

    server.open().send(post("/service/sum", "1"));
    const std::string id = server.take();
    server.clients.clear();
    server.wait_for("[]");
    const Answer refused = server.ask(post("/jobs/" + id, "1"));
    CHECK(refused.status == 409);
    CHECK(refused.body.starts_with(R"({"code":"job_cancelled",)"));
}

TEST_CASE("a worker that leaves gets no job") {
    Fixture server;
    server.open().get("/service/sum/jobs");
    server.wait_for(R"("polls":1)");
    server.clients.clear();
    server.wait_for("[]");
    server.open().send(post("/service/sum", "1"));
    server.take();
}

TEST_CASE("anyone who knows its id may cancel a job") {
    Fixture server;
    const Answer accepted = server.ask(post("/service/sum", "1", "Prefer: respond-async\r\n"));
    const std::string target = "/jobs/" + accepted.body.substr(7, 36);
    CHECK(server.ask(Client::request("DELETE", target)).status == 204);
    CHECK(server.ask(Client::request("DELETE", target)).status == 409);

    const Answer brief =
        server.ask(post("/service/sum?timeout=1ms", "1", "Prefer: respond-async\r\n"));
    const std::string ended = "/jobs/" + brief.body.substr(7, 36);
    server.wait_for("[]");
    const Answer late = server.ask(Client::request("DELETE", ended));
    CHECK(late.status == 409);
    CHECK(late.body.starts_with(R"({"code":"service_unavailable",)"));
    CHECK(server.get(target).body.find(
              R"("state":"failed","attempts":0,"error":{"code":"job_cancelled",)") !=
          std::string::npos);
}

TEST_CASE("the same key gets the first answer") {
    Fixture server;
    const std::string call = post("/service/sum", "1", "Idempotency-Key: k\r\n");
    Client& first = server.open();
    first.send(call);
    Client& second = server.open();
    second.send(call);
    server.ask(post("/jobs/" + server.take(), "2"));
    CHECK(first.answer().body == "2");
    CHECK(second.answer().body == "2");
    CHECK(server.ask(call).body == "2");
    const Answer other = server.ask(post("/service/sum", "3", "Idempotency-Key: k\r\n"));
    CHECK(other.status == 409);
    CHECK(other.body.starts_with(R"({"code":"key_reused",)"));
}

TEST_CASE("a full queue is said to be one") {
    Fixture server({.max_queued = 1});
    server.open().send(post("/service/sum", "1"));
    server.wait_for(R"("queued":1)");
    const Answer full = server.ask(post("/service/sum", "2"));
    CHECK(full.status == 429);
    CHECK(full.has("Retry-After: 1"));
    CHECK(full.body.starts_with(R"({"code":"queue_full",)"));
}

TEST_CASE("what is wrong with a request is said") {
    Fixture server;
    const auto code = [&](std::string request) {
        const Answer answer = server.ask(std::move(request));
        return fmt::format("{} {}", answer.status,
                           answer.body.substr(9, answer.body.find('"', 9) - 9));
    };
    CHECK(code(post("/service/sum", "{")) == "400 malformed_message");
    CHECK(code(post("/service/sum", "")) == "400 malformed_message");
    CHECK(code(post("/service/sum", "1 2")) == "400 malformed_message");
    CHECK(code(post("/service/sum", "\"\xff\"")) == "400 malformed_message");
    CHECK(code(post("/service/a%20b", "1")) == "400 invalid_service");
    CHECK(code(post("/service/sum?timeout=soon", "1")) == "400 bad_request");
    CHECK(code(post("/service/sum?timeout=2h", "1")) == "400 bad_request");
    CHECK(code(Client::request("GET", "/service/sum/jobs?n=0")) == "400 bad_request");
    CHECK(code(Client::request("GET", "/service/sum/jobs?n=x")) == "400 bad_request");
    CHECK(code("POST /service/sum HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\n"
               "Content-Length: 1\r\n\r\n1") == "415 unsupported_media_type");
    CHECK(code(Client::request("GET", "/service/sum")) == "405 method_not_allowed");
    CHECK(code(post("/service/sum", "1", "Idempotency-Key: " + std::string(256, 'k') + "\r\n")) ==
          "400 bad_request");
}

}  // namespace
