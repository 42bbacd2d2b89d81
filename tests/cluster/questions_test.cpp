#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cluster/stage.hpp"

namespace gateway::cluster {
namespace {

/// What one node hears of the job of another.
struct Asker {
    explicit Asker(ServerNode& at) : node(at) {}
    void answer(const Uuid& job, const std::string& body) {
        node.board.answer(job, WorkerId::none, {.body = text(body)}, line());
    }
    void cancel(const Uuid& job) { node.board.cancel(job, line()); }
    void find(const Uuid& job) {
        node.board.find(job, node.line<Result<JobView>>(
                                 [this, alive = std::weak_ptr(self)](Result<JobView> found) {
                                     if (!alive.expired()) view = std::move(found);
                                 }));
    }
    Line<std::optional<Error>> line() {
        said.reset();
        return node.line<std::optional<Error>>(
            [this, alive = std::weak_ptr(self)](const std::optional<Error>& refusal) {
                if (!alive.expired()) said = refusal;
            });
    }

    ServerNode& node;
    std::shared_ptr<int> self = std::make_shared<int>(0);
    std::optional<std::optional<Error>> said;
    std::optional<Result<JobView>> view;
};

TEST_CASE("a job that one node gave to a poll is answered, shown and cancelled at any other") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    ServerNode& c = stage.add("c");
    Worker met(a, "met");
    stage.until_workers(b, "met", 1);
    stage.until_workers(c, "met", 1);
    std::vector<Assignment> jobs;
    const auto poll = [&](ServerNode& at) {
        jobs.clear();
        at.board.poll("sum", 1, std::chrono::seconds(20),
                      at.line<PollWord>([&](PollWord word) { jobs = *std::move(word); }));
        stage.until([&] { return !jobs.empty(); });
    };
    for (ServerNode* giver : {&a, &b}) {
        Caller caller(a, "sum");
        poll(*giver);
        Asker asker(c);
        asker.find(jobs[0].job);
        stage.until([&] { return asker.view.has_value(); });
        REQUIRE(*asker.view);
        CHECK((*asker.view)->state == JobView::State::working);
        CHECK((*asker.view)->service == "sum");
        asker.answer(jobs[0].job, "42");
        stage.until([&] { return asker.said.has_value(); });
        CHECK_FALSE(*asker.said);
        stage.until([&] { return caller.outcome.has_value(); });
        REQUIRE(*caller.outcome);
        CHECK(*(*caller.outcome)->body == "42");

        asker.answer(jobs[0].job, "43");
        stage.until([&] { return asker.said.has_value(); });
        REQUIRE(*asker.said);
        CHECK((*asker.said)->code == Errc::job_answered);
    }

    Caller caller(a, "sum");
    poll(b);
    Asker asker(b);
    asker.cancel(jobs[0].job);
    stage.until([&] { return asker.said && caller.outcome; });
    CHECK_FALSE(*asker.said);
    REQUIRE_FALSE(*caller.outcome);
    CHECK(caller.outcome->error().code == Errc::job_cancelled);
}

TEST_CASE("an answer that was kept is had at any node") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker worker(b, "sum");
    Worker local(a, "met");
    stage.until_workers(a, "sum", 1);
    stage.until_workers(b, "met", 1);
    a.board.call({.service = "sum", .command = "do", .body = text("1"), .is_kept = true},
                 a.line<CallWord>([](const CallWord&) {}));
    stage.until([&] { return worker.jobs.size() == 1; });
    worker.answer("{ \"x\": 1 }");
    Asker asker(b);
    stage.until([&] {
        asker.view.reset();
        asker.find(worker.jobs[0].job);
        stage.until([&] { return asker.view.has_value(); });
        return *asker.view && (*asker.view)->state == JobView::State::ended;
    });
    REQUIRE((*asker.view)->outcome);
    CHECK(*(*(*asker.view)->outcome)->body == "{ \"x\": 1 }");
}

TEST_CASE("a job of nobody is not found, and one of a node that cannot be asked is said to be so") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Asker asker(a);
    asker.find(random_uuid());
    stage.until([&] { return asker.view.has_value(); });
    CHECK(asker.view->error().code == Errc::broker_unavailable);

    Worker met(b, "met");
    stage.until_workers(a, "met", 1);
    std::optional<Uuid> job;
    b.board.call(
        {.service = "sum", .body = text("1"), .is_kept = true},
        b.line<CallWord>([&](const CallWord& word) { job = std::get<Accepted>(word).job; }));
    stage.until([&] { return job.has_value(); });
    stage.until([&] {
        asker.view.reset();
        asker.find(random_uuid());
        stage.until([&] { return asker.view.has_value(); });
        return asker.view->error().code == Errc::job_not_found;
    });
    asker.view.reset();
    asker.find(*job);
    stage.until([&] { return asker.view.has_value(); });
    REQUIRE(*asker.view);
    CHECK((*asker.view)->state == JobView::State::queued);

    b.is_killed = true;
    asker.view.reset();
    asker.find(*job);
    stage.until([&] { return asker.view.has_value(); });
    REQUIRE_FALSE(*asker.view);
    CHECK(asker.view->error().code == Errc::broker_unavailable);
    asker.view.reset();
    asker.find(*job);
    stage.until([&] { return asker.view.has_value(); });
    CHECK(asker.view->error().code == Errc::job_not_found);
}

TEST_CASE("a node that stops tells whoever answers another's job to ask elsewhere") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker met(a, "met");
    stage.until_workers(b, "met", 1);
    std::optional<Uuid> job;
    a.board.call({.service = "sum", .body = text("1"), .is_kept = true},
                 a.line<CallWord>([&](const CallWord& word) {
                     if (const auto* accepted = std::get_if<Accepted>(&word)) job = accepted->job;
                 }));
    stage.until([&] { return job.has_value(); });
    bool is_stopped = false;
    b.cluster->stop([&] { is_stopped = true; });
    stage.until([&] { return is_stopped; });
    Asker late(b);
    late.answer(*job, "1");
    stage.until([&] { return late.said.has_value(); });
    REQUIRE(*late.said);
    CHECK((*late.said)->code == Errc::broker_unavailable);
    b.is_killed = true;
}

}  // namespace
}  // namespace gateway::cluster
