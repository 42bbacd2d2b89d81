// Nodes of one embedded broker, each with a switchboard, an executor and a cluster of its own.

#include "cluster/cluster.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"
#include "memory/broker.hpp"

using namespace gateway;
using namespace gateway::services;
using cluster::Cluster;

namespace {

using std::chrono::milliseconds;

Text text(std::string_view json) { return std::make_shared<const std::string>(json); }

/// Its executor runs inside `Stage::until` alone; one that is killed does not run any more.
struct ServerNode {
    ServerNode(Broker& broker, const std::string& id, const std::string& run,
               milliseconds heartbeat)
        : node{.id = id, .process = id + "." + run} {
        options.heartbeat = heartbeat;
        options.tell_interval = milliseconds(1);
        cluster = std::make_unique<Cluster>(Cluster::Around{.executor = io.get_executor(),
                                                            .broker = broker,
                                                            .board = board,
                                                            .events = post,
                                                            .node = node,
                                                            .options = options});
        bus.set_carrier(*cluster);
        cluster->start();
    }

    static std::shared_ptr<const SharedFrame> make(std::string json) {
        return std::make_shared<RecordedFrame>(std::move(json));
    }

    void run() {
        io.restart();
        if (!is_killed) io.poll();
    }

    template <typename Word>
    Line<Word> line(std::function<void(Word)> hear) {
        return {io.get_executor(), std::move(hear)};
    }

    asio::io_context io;
    Options board_options{.attempts = 3};
    Node node;
    Counters counters;
    cluster::Options options;
    Switchboard board{io.get_executor(), board_options,
                      [] { return std::chrono::steady_clock::now(); }};
    EventBus bus{board_options.desks, make, 1000, counters};
    EventPost post{bus, io.get_executor()};
    bool is_killed = false;
    std::unique_ptr<Cluster> cluster;
};

struct Stage {
    Stage() { broker.start(); }
    ~Stage() {
        for (const auto& node : nodes) {
            if (node->is_killed) continue;
            bool is_stopped = false;
            node->cluster->stop([&] { is_stopped = true; });
            CHECK(comes([&] { return is_stopped; }));
        }
        broker.stop(std::chrono::seconds(1));
        for (const auto& node : nodes) {
            node->board.stop();
            node->run();
        }
    }

    ServerNode& add(const std::string& id, const std::string& run = "run",
                    milliseconds heartbeat = milliseconds(200)) {
        return *nodes.emplace_back(std::make_unique<ServerNode>(broker, id, run, heartbeat));
    }

    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            for (const auto& node : nodes) node->run();
            nodes.front()->io.restart();
            nodes.front()->io.run_one_for(milliseconds(1));
        }
        return true;
    }
    void until(const std::function<bool()>& condition) { REQUIRE(comes(condition)); }

    /// What a node shows of a service.
    std::optional<ServiceView> view(ServerNode& node, const std::string& service) {
        std::optional<std::optional<ServiceView>> found;
        node.board.service(service, node.line<std::optional<ServiceView>>(
                                        [&](auto view) { found = std::move(view); }));
        until([&] { return found.has_value(); });
        return *found;
    }

    void until_workers(ServerNode& node, const std::string& service, std::size_t count) {
        until([&] {
            const auto seen = view(node, service);
            return (seen ? seen->workers : 0) == count;
        });
    }

    memory::Broker broker{memory::Options{}};
    std::vector<std::unique_ptr<ServerNode>> nodes;
};

struct Worker {
    Worker(ServerNode& at, const std::string& service, unsigned credit = 1) : node(at) {
        id = node.board.join(
            {.service = service, .credit = credit},
            node.line<WorkerWord>([this, alive = std::weak_ptr(self)](WorkerWord word) {
                if (alive.expired()) return;
                if (auto* job = std::get_if<Assignment>(&word)) {
                    jobs.push_back(std::move(*job));
                } else if (auto* recall = std::get_if<Recall>(&word)) {
                    recalls.push_back(*recall);
                }
            }));
    }
    void answer(const std::string& body, bool is_failure = false) {
        node.board.answer(jobs.back().job, id, {.body = text(body), .is_failure = is_failure}, {});
    }

    ServerNode& node;
    std::shared_ptr<int> self = std::make_shared<int>(0);
    WorkerId id{};
    std::vector<Assignment> jobs;
    std::vector<Recall> recalls;
};

struct Caller {
    Caller(ServerNode& at, const std::string& service, const std::string& body = "{}",
           milliseconds timeout = std::chrono::seconds(30))
        : node(at) {
        id =
            node.board.call({.service = service,
                             .command = "do",
                             .body = text(body),
                             .caller = "c",
                             .timeout = timeout},
                            node.line<CallWord>([this, alive = std::weak_ptr(self)](CallWord word) {
                                if (alive.expired()) return;
                                if (auto* last = std::get_if<Outcome>(&word)) {
                                    outcome = std::move(*last);
                                } else if (auto* some = std::get_if<Progress>(&word)) {
                                    progress.push_back(*some->body);
                                }
                            }));
    }

    ServerNode& node;
    std::shared_ptr<int> self = std::make_shared<int>(0);
    CallId id{};
    std::optional<Outcome> outcome;
    std::vector<std::string> progress;
};

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
    std::optional<std::vector<Member>> first;
    std::vector<Change> changes;
    a.board.watch("sum", a.line<WatchWord>([&](WatchWord word) {
        if (auto* members = std::get_if<std::vector<Member>>(&word)) {
            first = *members;
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

struct Heard final : EventPost::Listener {
    void events(const std::shared_ptr<const SharedFrame>& frame, std::size_t) override {
        frames += static_cast<const RecordedFrame&>(*frame).text();
    }
    void heard() override {}
    std::string frames;
};

TEST_CASE("an event is heard on every node, once and in order") {
    Stage stage;
    ServerNode& a = stage.add("a");
    ServerNode& b = stage.add("b");
    Heard at_a;
    Heard at_b;
    const ListenerId on_a = a.post.add(at_a);
    const ListenerId on_b = b.post.add(at_b);
    REQUIRE_FALSE(a.post.listen(on_a, {.pattern = "heat.*"}));
    REQUIRE_FALSE(b.post.listen(on_b, {.service = "house", .pattern = "heat.*"}));
    Worker worker(a, "met");
    stage.until_workers(b, "met", 1);
    for (int i = 0; i < 30; ++i) {
        REQUIRE_FALSE(a.post.emit("house", "heat." + std::to_string(i % 3), std::to_string(i)));
        REQUIRE_FALSE(a.post.emit("", "heat.other", "1"));
    }
    REQUIRE_FALSE(a.post.emit("house", "heat.last", "\"end\""));
    stage.until([&] { return at_b.frames.find("\"end\"") != std::string::npos; });
    std::size_t at = 0;
    for (int i = 0; i < 30; ++i) {
        at = at_b.frames.find("\"data\":" + std::to_string(i) + "}", at);
        REQUIRE(at != std::string::npos);
    }
    CHECK(at_b.frames.find("heat.other") == std::string::npos);
    REQUIRE_FALSE(b.post.emit("house", "heat.back", "2"));
    stage.until([&] { return at_a.frames.find("heat.back") != std::string::npos; });
    CHECK(at_a.frames.find("heat.last") == at_a.frames.rfind("heat.last"));
    a.post.remove(on_a);
    b.post.remove(on_b);
}

}  // namespace
