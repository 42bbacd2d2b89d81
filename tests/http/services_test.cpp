#include "http/services.hpp"

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "http/services_fixture.hpp"

using namespace std::chrono_literals;
using namespace gateway::http;

namespace {

TEST_CASE("a job goes from its caller to a worker, and the answer back") {
    ServicesFixture server;
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
    ServicesFixture server;
    server.open().send(post("/service/sum?command=add%20%22all%22", "[]"));
    CHECK(server.get("/service/sum/jobs").body.ends_with(R"(,"command":"add \"all\""})"));
}

TEST_CASE("a worker that asks for several gets a list of what there is") {
    ServicesFixture server;
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
    ServicesFixture server;
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
    ServicesFixture server;
    CHECK(server.ask(Client::request("HEAD", "/service/sum/jobs"), false).status == 204);
    server.open().send(post("/service/sum", "1"));
    server.wait_for(R"("queued":1)");
    const Answer some = server.ask(Client::request("HEAD", "/service/sum/jobs"), false);
    CHECK(some.status == 200);
    CHECK(some.header.find("Content-Length") == std::string::npos);
    server.take();
    CHECK(server.ask(Client::request("HEAD", "/service/a%20b/jobs"), false).status == 400);
}

TEST_CASE("a job that failed says so to its caller") {
    ServicesFixture server;
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

TEST_CASE("several jobs are answered at once, and those that are refused are named") {
    ServicesFixture server;
    std::vector<Client*> callers;
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        callers.push_back(&server.open());
        callers.back()->send(post("/service/sum", "1"));
        ids.push_back(server.take());
    }
    CHECK(server.ask(post("/jobs/" + ids[2], "2")).status == 200);
    const Answer taken = server.ask(post(
        "/jobs", fmt::format(R"({{"{}": {{"sum": [0]}}, "{}":{{"error":"no"}},"{}":3,"a\"b":4}})",
                             ids[0], ids[1], ids[2])));
    CHECK(taken.status == 200);
    CHECK(taken.body.find(ids[2] + R"(":{"code":"job_answered")") != std::string::npos);
    CHECK(taken.body.find(R"("a\"b":{"code":"job_not_found")") != std::string::npos);
    CHECK(taken.body.find(ids[0]) == std::string::npos);
    CHECK(taken.body.find(ids[1]) == std::string::npos);
    CHECK(callers[0]->answer().body == R"({"sum": [0]})");
    CHECK(callers[1]->answer().status == 502);
    CHECK(callers[2]->answer().body == "2");
    for (const char* const body : {"{}", "[]", "3", "{"}) {
        CHECK(server.ask(post("/jobs", body)).status == 400);
    }
}

TEST_CASE("more answers at once than jobs at once are refused, and none is taken") {
    ServicesFixture server({.max_poll = 2});
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    const std::string id = server.take();
    const Answer refused = server.ask(post("/jobs", fmt::format(R"({{"{}":1,"a":2,"b":3}})", id)));
    CHECK(refused.status == 400);
    CHECK(refused.body.starts_with(R"({"code":"invalid_payload",)"));
    CHECK(server.ask(post("/jobs", fmt::format(R"({{"{}":1,"a":2}})", id))).status == 200);
    CHECK(caller.answer().body == "1");
}

TEST_CASE("a second answer is refused, and one to no job") {
    ServicesFixture server;
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
    ServicesFixture server;
    const Answer alone = server.ask(post("/service/sum?timeout=20ms", "1"));
    CHECK(alone.status == 503);
    CHECK(alone.has("Retry-After: 1"));
    CHECK(alone.body.starts_with(R"({"code":"service_unavailable",)"));

    Client& caller = server.open();
    caller.send(post("/service/sum", "1", "Prefer: wait=50\r\n"));
    const std::string id = server.take();
    server.pass(50s);
    const Answer late = caller.answer();
    CHECK(late.status == 504);
    CHECK(late.body.starts_with(R"({"code":"job_expired",)"));
    const Answer refused = server.ask(post("/jobs/" + id, "1"));
    CHECK(refused.status == 409);
    CHECK(refused.body.starts_with(R"({"code":"job_expired",)"));
}

TEST_CASE("a job that is not answered goes to others, and then its caller is told") {
    ServicesFixture server({.lease = 20ms, .attempts = 2});
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
    ServicesFixture server({.lease = 30s, .attempts = 1});
    Client& caller = server.open();
    caller.send(post("/service/sum?timeout=1h", "1"));
    const std::string id = server.take();
    for (int i = 0; i < 3; ++i) {
        server.pass(20s);
        CHECK(server.ask(post("/jobs/" + id + "/progress", "50")).status == 200);
    }
    CHECK(server.ask(post("/jobs/" + id, "2")).status == 200);
    CHECK(caller.answer().body == "2");

    caller.send(post("/service/sum", "1"));
    server.take();
    server.pass(30s);
    CHECK(caller.answer().body.starts_with(R"({"code":"job_abandoned",)"));
}

TEST_CASE("who wants no answer at once is told where it will be") {
    ServicesFixture server;
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
    ServicesFixture server;
    Client& caller = server.open();
    caller.send(post("/service/sum", "1", "Prefer: respond-async, wait=10\r\n"));
    server.ask(post("/jobs/" + server.take(), "2"));
    CHECK(caller.answer().status == 200);

    caller.send(post("/service/sum", "1", "Prefer: respond-async, wait=0.02\r\n"));
    CHECK(caller.answer().status == 202);
    server.take();

    caller.send(post("/service/sum", "1", "Prefer: wait=0\r\nPrefer: respond-async\r\n"));
    CHECK(caller.answer().status == 202);
}

TEST_CASE("a caller that leaves cancels its job") {
    ServicesFixture server;
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
    ServicesFixture server;
    server.open().get("/service/sum/jobs");
    server.wait_for(R"("polls":1)");
    server.clients.clear();
    server.wait_for("[]");
    server.open().send(post("/service/sum", "1"));
    server.take();
}

TEST_CASE("a worker that has sent more and left gets no job, and waits no longer") {
    ServicesFixture server({.lease = 1h, .attempts = 1});
    server.open().send("GET /service/sum/jobs HTTP/1.1\r\nHost: t\r\n\r\n");
    server.wait_for(R"("polls":1)");
    server.clients.back()->send("\r\n");
    SUBCASE("when there is one") {
        server.wait_for(R"("polls":1)");
        server.clients.clear();
        server.open().send(post("/service/sum", "1"));
        server.wait_for(R"("queued":1)");
        server.take();
    }
    SUBCASE("when there is none") {
        server.clients.clear();
        server.wait_for("[]");
    }
}

TEST_CASE("anyone who knows its id may cancel a job") {
    ServicesFixture server;
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
    ServicesFixture server;
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
    ServicesFixture server({.max_queued = 1});
    server.open().send(post("/service/sum", "1"));
    server.wait_for(R"("queued":1)");
    const Answer full = server.ask(post("/service/sum", "2"));
    CHECK(full.status == 429);
    CHECK(full.has("Retry-After: 1"));
    CHECK(full.body.starts_with(R"({"code":"queue_full",)"));
}

TEST_CASE("what is wrong with a request is said") {
    ServicesFixture server;
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
    CHECK(code(post("/service/sum?timeout=%zz", "1")) == "400 bad_request");
    CHECK(code(post("/service/sum?command=%ff", "1")) == "400 bad_request");
    CHECK(code(post("/service/sum?command=50%", "1")) == "400 bad_request");
    CHECK(code(post("/service/sum?command=a&command=b", "1")) == "400 bad_request");
    CHECK(code(Client::request("GET", "/service/sum/jobs?n=%zz")) == "400 bad_request");
    CHECK(code(Client::request("GET", "/service/sum/jobs?n=1&n=2")) == "400 bad_request");
    CHECK(server.ask(Client::request("HEAD", "/service/sum/jobs?n=%zz"), false).status == 400);
    CHECK(code(Client::request("GET", "/service/sum/jobs?n=0")) == "400 bad_request");
    CHECK(code(Client::request("GET", "/service/sum/jobs?n=x")) == "400 bad_request");
    CHECK(code("POST /service/sum HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\n"
               "Content-Length: 1\r\n\r\n1") == "415 unsupported_media_type");
    CHECK(code(Client::request("GET", "/service/sum")) == "405 method_not_allowed");
    CHECK(code(post("/service/sum", "1", "Idempotency-Key: " + std::string(256, 'k') + "\r\n")) ==
          "400 bad_request");
}

}  // namespace
