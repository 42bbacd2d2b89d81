#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cluster/stage.hpp"
#include "nodes/topic_reader.hpp"

namespace gateway::cluster {
namespace {

TEST_CASE("a call on one node is answered by a worker of another") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker worker(b, "sum", 2);
    Caller caller(a, "sum", "{ \"x\":\n1 }");
    stage.until([&] { return worker.jobs.size() == 1; });
    CHECK(*worker.jobs[0].body == "{ \"x\":\n1 }");
    CHECK(worker.jobs[0].command == "do");
    CHECK(worker.jobs[0].attempt == 1);
    b.board.progress(worker.jobs[0].job, worker.id, text("50"), {});
    worker.answer("3");
    stage.until([&] { return caller.outcome.has_value(); });
    REQUIRE(*caller.outcome);
    CHECK(*(*caller.outcome)->body == "3");
    CHECK_FALSE((*caller.outcome)->is_failure);
    CHECK(caller.progress == std::vector<std::string>{"50"});

    Caller other(a, "sum");
    stage.until([&] { return worker.jobs.size() == 2; });
    worker.answer("\"no\"", true);
    stage.until([&] { return other.outcome.has_value(); });
    CHECK((*other.outcome)->is_failure);
}

TEST_CASE("a call on one node is answered by a poll of another") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    for (int i = 0; i < 3; ++i) {
        std::vector<Assignment> jobs;
        b.board.poll("sum", 1, std::chrono::seconds(20),
                     b.line<PollWord>([&](PollWord word) { jobs = *std::move(word); }));
        Caller caller(a, "sum");
        stage.until([&] { return !jobs.empty(); });
        CHECK(jobs[0].attempt == 1);
        b.board.answer(jobs[0].job, WorkerId::none, {.body = text("1")}, {});
        stage.until([&] { return caller.outcome.has_value(); });
        CHECK(*caller.outcome);
    }
}

TEST_CASE("polls that come and go at every node use no attempt of a job") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    constexpr int enough = 200;
    int answered = 0;
    std::function<void(ServerNode&)> poll = [&](ServerNode& at) {
        if (answered == enough) return;
        at.board.poll("sum", 1, std::chrono::milliseconds(5), at.line<PollWord>([&](PollWord word) {
            for (const Assignment& job : *word) {
                CHECK(job.attempt == 1);
                at.board.answer(job.job, WorkerId::none, {.body = text("1")}, {});
            }
            poll(at);
        }));
    };
    std::vector<std::unique_ptr<Caller>> callers;
    poll(a);
    poll(b);
    while (answered < enough) {
        for (ServerNode* const from : {&a, &a, &b}) {
            callers.push_back(std::make_unique<Caller>(*from, "sum"));
        }
        stage.until([&] {
            return std::ranges::all_of(callers,
                                       [](const auto& each) { return each->outcome.has_value(); });
        });
        for (const auto& caller : callers) CHECK(*caller->outcome);
        answered = std::min(enough, answered + static_cast<int>(callers.size()));
        callers.clear();
    }
    stage.until([&] {
        const auto seen = stage.view(a, "sum");
        return !seen || seen->polls == 0;
    });
}

TEST_CASE("nodes serve each other at once, each job once") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker at_a(a, "mean", 4);
    Worker at_b(b, "sum", 4);
    std::vector<std::unique_ptr<Caller>> callers;
    for (int i = 0; i < 50; ++i) {
        callers.push_back(std::make_unique<Caller>(a, "sum", std::to_string(i)));
        callers.push_back(std::make_unique<Caller>(b, "mean", std::to_string(i)));
    }
    std::size_t answered_a = 0;
    std::size_t answered_b = 0;
    const auto serve = [](Worker& worker, std::size_t& answered) {
        for (; answered < worker.jobs.size(); ++answered) {
            const Assignment& job = worker.jobs[answered];
            worker.node.board.answer(job.job, worker.id, {.body = job.body}, {});
        }
    };
    stage.until([&] {
        serve(at_a, answered_a);
        serve(at_b, answered_b);
        return std::ranges::all_of(callers,
                                   [](const auto& each) { return each->outcome.has_value(); });
    });
    for (std::size_t i = 0; i < callers.size(); ++i) {
        REQUIRE(*callers[i]->outcome);
        CHECK(*(*callers[i]->outcome)->body == std::to_string(i / 2));
    }
    CHECK(answered_a == 50);
    CHECK(answered_b == 50);
}

TEST_CASE("workers of all nodes are shown and watched, also by who comes later") {
    Stage stage;
    ServerNode& b = stage.add("b");
    auto worker = std::make_unique<Worker>(b, "sum", 3);
    stage.until_workers(b, "sum", 1);
    ServerNode& a = stage.add("a");
    std::optional<std::vector<Roll>> first;
    std::vector<Change> changes;
    a.board.watch("sum", 9, a.line<WatchWord>([&](const WatchWord& word) {
        if (const auto* rolls = std::get_if<std::vector<Roll>>(&word)) {
            first = *rolls;
        } else {
            changes.push_back(std::get<Change>(word));
        }
    }));
    stage.until([&] { return changes.size() == 1; });
    CHECK(first->empty());
    CHECK(changes[0].has_joined);
    CHECK(changes[0].member.process == "b.run");
    CHECK(changes[0].member.worker == worker->id);
    CHECK(changes[0].member.credit == 3);
    b.board.part(worker->id);
    stage.until([&] { return changes.size() == 2; });
    CHECK_FALSE(changes[1].has_joined);
    stage.until_workers(a, "sum", 0);
}

TEST_CASE("a job whose worker leaves goes to a worker of another node, as an attempt") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker first(b, "sum");
    Caller caller(a, "sum");
    stage.until([&] { return first.jobs.size() == 1; });
    Worker second(a, "sum");
    b.board.part(first.id);
    stage.until([&] { return second.jobs.size() == 1; });
    CHECK(second.jobs[0].job == first.jobs[0].job);
    CHECK(second.jobs[0].attempt == 2);
    second.answer("2");
    stage.until([&] { return caller.outcome.has_value(); });
    CHECK(*caller.outcome);
}

TEST_CASE("the workers of a node that dies are gone, and their jobs are others'") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker first(b, "sum");
    Caller caller(a, "sum");
    stage.until([&] { return first.jobs.size() == 1; });
    Worker second(a, "sum");
    stage.until_workers(a, "sum", 2);
    b.is_killed = true;
    stage.until([&] { return second.jobs.size() == 1; });
    CHECK(second.jobs[0].attempt == 2);
    CHECK(stage.view(a, "sum")->workers == 1);
    second.answer("2");
    stage.until([&] { return caller.outcome.has_value(); });
}

TEST_CASE("what a node told that died with nobody there to see it is cleared from the topic") {
    Stage stage;
    ServerNode& first = stage.add("a");
    Worker worker(first, "sum");
    stage.until_workers(stage.add("b"), "sum", 1);
    std::optional<bool> is_cleared;
    nodes::TopicReader witness(stage.io.get_executor(), stage.broker, "test",
                               "kafka-ws.services.state", FromEarliest{},
                               {.record = [&](const Record& record) {
                                   is_cleared = !record.value;
                                   return true;
                               }});
    stage.until([&] { return is_cleared.has_value(); });
    CHECK_FALSE(*is_cleared);
    for (const auto& node : stage.nodes) node->is_killed = true;
    ServerNode& third = stage.add("c");
    stage.until([&] { return *is_cleared; });
    CHECK_FALSE(stage.view(third, "sum"));
}

TEST_CASE("a node that comes back under its id takes the place of its former run at once") {
    Stage stage;
    ServerNode& a = stage.add("a", "run", std::chrono::seconds(5));
    ServerNode& b = stage.add("b", "1", std::chrono::seconds(5));
    Worker first(b, "sum");
    Caller caller(a, "sum");
    stage.until([&] { return first.jobs.size() == 1; });
    b.is_killed = true;
    ServerNode& again = stage.add("b", "2", std::chrono::seconds(5));
    Worker second(again, "sum");
    stage.until([&] { return second.jobs.size() == 1; });
    CHECK(second.jobs[0].attempt == 2);
    second.answer("2");
    stage.until([&] { return caller.outcome.has_value(); });
    CHECK(*caller.outcome);
    stage.until_workers(a, "sum", 1);
}

TEST_CASE("a node that was thought dead works again when it is heard") {
    Stage stage;
    ServerNode& a = stage.add("a", "run", milliseconds(100));
    ServerNode& b = stage.add("b", "run", milliseconds(100));
    Worker worker(b, "sum", 5);
    stage.until_workers(a, "sum", 1);
    Caller caller(a, "sum");
    stage.until([&] { return worker.jobs.size() == 1; });
    b.is_killed = true;
    stage.until_workers(a, "sum", 0);
    b.is_killed = false;
    stage.until_workers(a, "sum", 1);
    stage.until([&] { return worker.jobs.size() >= 2; });
    CHECK(worker.jobs.back().attempt == 2);
    worker.answer("2");
    stage.until([&] { return caller.outcome.has_value(); });
    CHECK(*(*caller.outcome)->body == "2");
}

TEST_CASE("a worker elsewhere hears that its answer is not wanted") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker worker(b, "sum");
    Caller caller(a, "sum");
    stage.until([&] { return worker.jobs.size() == 1; });
    a.board.leave(caller.id);
    stage.until([&] { return worker.recalls.size() == 1; });
    CHECK(worker.recalls[0].job == worker.jobs[0].job);
    CHECK(worker.recalls[0].why == Errc::job_cancelled);

    std::optional<std::optional<Error>> said;
    b.board.answer(worker.jobs[0].job, worker.id, {.body = text("1")},
                   b.line<std::optional<Error>>([&](const auto& refusal) { said = refusal; }));
    stage.until([&] { return said.has_value(); });
    REQUIRE(*said);
    CHECK((*said)->code == Errc::job_cancelled);
}

TEST_CASE("a job is not given on to a third node") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    ServerNode& c = stage.add("c");
    Worker at_b(b, "sum");
    Worker at_c(c, "sum");
    for (ServerNode* node : {&a, &b, &c}) stage.until_workers(*node, "sum", 2);
    std::vector<std::unique_ptr<Caller>> callers;
    for (int i = 0; i < 4; ++i) callers.push_back(std::make_unique<Caller>(a, "sum"));
    // Both have what they can take, and what waits does so where it was called.
    stage.until([&] { return at_b.jobs.size() == 1 && at_c.jobs.size() == 1; });
    CHECK(stage.view(a, "sum")->queued == 2);
    CHECK(stage.view(b, "sum")->queued == 0);
    at_b.answer("1");
    stage.until([&] { return at_b.jobs.size() == 2; });
    CHECK(at_b.jobs[1].attempt == 1);
}

TEST_CASE("a job that a draining node refuses has used no attempt") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker at_b(b, "sum");
    stage.until_workers(a, "sum", 1);
    bool is_idle = false;
    b.board.drain([] {}, [&] { is_idle = true; });
    stage.until([&] { return is_idle; });
    Caller caller(a, "sum");
    Worker at_a(a, "sum");
    stage.until([&] { return at_a.jobs.size() == 1; });
    CHECK(at_a.jobs[0].attempt == 1);
    CHECK(at_b.jobs.empty());
}

TEST_CASE("services whose workers come and go are forgotten, however many they are") {
    constexpr int count = 50;
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    b.options.max_services = 10;
    Worker met(b, "met");
    stage.until_workers(a, "met", 1);
    int withdrawn = 0;
    const nodes::TopicReader reader(stage.io.get_executor(), stage.broker, "test",
                                    b.options.topics + ".state", FromEarliest{},
                                    {.record = [&](const Record& record) {
                                        if (!record.value) ++withdrawn;
                                        return true;
                                    }});
    for (int i = 0; i < count; ++i) {
        const std::string service = "s" + std::to_string(i);
        Worker worker(b, service);
        stage.until_workers(a, service, 1);
        b.board.part(worker.id);
        stage.until_workers(a, service, 0);
    }
    stage.until([&] { return withdrawn >= count - 10; });
}

TEST_CASE("a farewell parts a node at once") {
    Stage stage;
    ServerNode& a = stage.add("a", "run", std::chrono::seconds(10));
    ServerNode& b = stage.add("b", "run", std::chrono::seconds(10));
    Worker worker(b, "sum");
    stage.until_workers(a, "sum", 1);
    bool is_stopped = false;
    b.cluster->stop([&] { is_stopped = true; });
    stage.until([&] { return is_stopped; });
    b.is_killed = true;
    stage.until_workers(a, "sum", 0);
}

TEST_CASE("a job or an answer that no record holds fails alone") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker worker(b, "sum", 3);
    const std::string huge = '"' + std::string(100'000, 'x') + '"';
    Caller small(a, "sum");
    stage.until([&] { return worker.jobs.size() == 1; });

    Caller large(a, "sum", huge);
    stage.until([&] { return large.outcome.has_value(); });
    REQUIRE(*large.outcome);
    CHECK((*large.outcome)->is_failure);
    CHECK((*large.outcome)->body->find("record_too_large") != std::string::npos);

    Caller asker(a, "sum");
    stage.until([&] { return worker.jobs.size() == 2; });
    worker.answer(huge);
    stage.until([&] { return asker.outcome.has_value(); });
    REQUIRE(*asker.outcome);
    CHECK((*asker.outcome)->is_failure);
    CHECK((*asker.outcome)->body->find("services.max_record_bytes") != std::string::npos);

    b.board.answer(worker.jobs[0].job, worker.id, {.body = text("1")}, {});
    stage.until([&] { return small.outcome.has_value(); });
    REQUIRE(*small.outcome);
    CHECK(*(*small.outcome)->body == "1");
    CHECK(worker.jobs[0].attempt == 1);
}

TEST_CASE("jobs wait while the broker has enough to take, and then go on") {
    Stage stage;
    ServerNode& a = stage.add("a", "run", milliseconds(200), 1000);
    ServerNode& b = stage.add("b", "run", milliseconds(200), 1000);
    Worker worker(b, "sum", 100);
    stage.until_workers(a, "sum", 1);
    std::vector<std::unique_ptr<Caller>> callers;
    for (int i = 0; i < 50; ++i) {
        callers.push_back(std::make_unique<Caller>(a, "sum", '"' + std::string(400, 'x') + '"'));
    }
    std::size_t answered = 0;
    stage.until([&] {
        for (; answered < worker.jobs.size(); ++answered) {
            CHECK(worker.jobs[answered].attempt == 1);
            b.board.answer(worker.jobs[answered].job, worker.id, {.body = text("1")}, {});
        }
        return std::ranges::all_of(callers,
                                   [](const auto& each) { return each->outcome.has_value(); });
    });
    for (const auto& caller : callers) CHECK(*caller->outcome);
}

TEST_CASE("a node that drains is given nothing more") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Worker worker(b, "sum", 2);
    stage.until_workers(a, "sum", 1);
    Caller first(a, "sum");
    stage.until([&] { return worker.jobs.size() == 1; });
    b.cluster->drain();
    b.board.join({.service = "last"}, b.line<WorkerWord>([](const WorkerWord&) {}));
    stage.until_workers(a, "last", 1);  // It was told after that.
    Caller second(a, "sum");
    worker.answer("1");
    stage.until([&] { return first.outcome.has_value(); });
    CHECK(worker.jobs.size() == 1);
    CHECK(stage.view(a, "sum")->queued == 1);
}

}  // namespace
}  // namespace gateway::cluster
