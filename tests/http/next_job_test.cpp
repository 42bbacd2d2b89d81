#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "http/services_fixture.hpp"
#include "services/far_jobs.hpp"

/// Answers that ask for the next job.
namespace gateway::http {

namespace {

TEST_CASE("an answer brings the next job, or none if none comes") {
    ServicesFixture server;
    std::vector<Client*> callers;
    for (int i = 0; i < 4; ++i) {
        callers.push_back(&server.open());
        callers.back()->send(post("/service/sum", std::to_string(i)));
        server.wait_for(fmt::format(R"("queued":{})", i + 1));
    }
    Client& worker = server.open();
    worker.get("/service/sum/jobs");
    const std::string first = id_in(worker.answer());
    worker.send(post("/jobs/" + first + "?next=sum", "10"));
    const Answer second = worker.answer();
    CHECK(second.status == 200);
    CHECK(second.body.find(R"("originalRequest":1)") != std::string::npos);
    CHECK(callers[0]->answer().body == "10");

    worker.send(post("/jobs/" + id_in(second) + "?next=sum&n=2", R"({"error":11})"));
    const Answer rest = worker.answer();
    CHECK(rest.body.starts_with("[{"));
    CHECK(rest.body.find(R"("originalRequest":2)") != std::string::npos);
    CHECK(rest.body.find(R"("originalRequest":3)") != std::string::npos);
    CHECK(callers[1]->answer().status == 502);

    worker.send(post("/jobs/" + id_in(rest) + "?next=sum&timeout=20ms", "12"));
    const Answer none = worker.answer();
    CHECK(none.status == 204);
    CHECK(none.body.empty());
    CHECK(callers[2]->answer().body == "12");

    const std::size_t last = rest.body.rfind(R"("id":")") + 6;
    worker.send(
        post("/jobs/" + rest.body.substr(last, 36) + "?next=other", "13", "Prefer: wait=0.02\r\n"));
    CHECK(worker.answer().status == 204);
    CHECK(callers[3]->answer().body == "13");
}

TEST_CASE("an answer that is refused brings no job, and one that asks wrongly is not taken") {
    ServicesFixture server;
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    const std::string id = server.take();
    for (const char* const query : {"next=", "next=a%20b", "next=sum&n=0", "next=sum&n=x",
                                    "next=sum&timeout=1y", "next=sum&next=sum", "next=%", "%"}) {
        CAPTURE(query);
        CHECK(server.ask(post(fmt::format("/jobs/{}?{}", id, query), "2")).status == 400);
    }
    // Nobody reads these where nothing is to follow.
    CHECK(server.ask(post("/jobs/" + id + "?timeout=1y&n=x", "2")).status == 200);
    CHECK(caller.answer().body == "2");

    server.open().send(post("/service/sum", "1"));
    server.wait_for(R"("queued":1)");
    CHECK(server.ask(post("/jobs/" + id + "?next=sum", "3")).status == 409);
    CHECK(server.ask(post("/jobs/1?next=sum", "3")).status == 404);
    server.take();
}

TEST_CASE("an answer is taken where there is no place for the worker to wait for the next") {
    ServicesFixture server({.max_workers = 1});
    Client& caller = server.open();
    caller.send(post("/service/sum", "1"));
    const std::string id = server.take();
    server.open().get("/service/sum/jobs");
    server.wait_for(R"("polls":1)");
    CHECK(server.ask(post("/jobs/" + id + "?next=sum", "2")).status == 204);
    CHECK(caller.answer().body == "2");
}

TEST_CASE("a worker that leaves while it waits for the next gets no job") {
    ServicesFixture server;
    server.open().send(post("/service/sum", "1"));
    const std::string id = server.take();
    server.open().send(post("/jobs/" + id + "?next=sum", "2"));
    server.wait_for(R"("polls":1)");
    server.clients.clear();
    server.wait_for("[]");
    server.open().send(post("/service/sum", "1"));
    server.take();
}

/// The other nodes, of which one has all jobs, and says nothing yet.
struct SilentNode : services::FarJobs {
    using Uuid = services::Uuid;
    using Said = std::optional<Error>;

    Uuid make_id() override { return services::random_uuid(); }
    [[nodiscard]] bool is_far(const Uuid&) const override { return true; }
    void answer(const Uuid&, services::Answer, services::Line<Said> asked) override {
        line.emplace(std::move(asked));
    }
    void progress(const Uuid&, services::Text, services::Line<Said>) override {}
    void cancel(const Uuid&, services::Line<Said>) override {}
    void find(const Uuid&, services::Line<Result<services::JobView>>) override {}

    std::optional<services::Line<Said>> line;
};

TEST_CASE("a worker that has left by the time its answer is taken gets no job") {
    SilentNode far;
    ServicesFixture server;
    server.board.set_far_jobs(far);
    server.open().send(post("/jobs/67e55044-10b1-426f-9247-bb680e5fe0c8?next=sum", "2"));
    run_until(server.context, [&] { return far.line.has_value(); });
    server.clients.clear();
    // It has been noticed once its connection is gone.
    run_until(server.context, [&] { return server.port->connections() == 0; });
    SUBCASE("taken") { services::say_last(*std::move(far.line), std::nullopt); }
    SUBCASE("refused") { services::say_last(*std::move(far.line), Error(Errc::job_expired)); }
    CHECK(server.get("/service").body == "[]");
}

}  // namespace

}  // namespace gateway::http
