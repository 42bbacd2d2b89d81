#include "services/switchboard.hpp"

#include <chrono>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace gateway;
using namespace gateway::services;

namespace {

struct Fixture {
    /// Keeps what a line says.
    template <typename Word>
    Line<Word> keep(std::vector<Word>& words) {
        return {door.get_executor(), [&words](Word word) { words.push_back(std::move(word)); }};
    }

    /// What has been asked, and then what it leads to.
    void run() {
        for (auto* const context : {&own, &door}) {
            context->restart();
            context->poll();
        }
    }

    static Call call(std::string body = "{}") {
        return {.service = "sum", .body = std::make_shared<const std::string>(std::move(body))};
    }

    static Answer answer(std::string body) {
        return {.body = std::make_shared<const std::string>(std::move(body))};
    }

    asio::io_context own;
    asio::io_context door;
    Time now{};
    Switchboard board{own.get_executor(), {}, [this] { return now; }};
};

TEST_CASE("a call and a poll on other threads meet, and the answer finds its way back") {
    Fixture test;
    std::vector<CallWord> caller;
    std::vector<PollWord> poll;
    std::vector<std::optional<Error>> taken;
    test.board.call(Fixture::call("[1,2]"), test.keep(caller));
    test.board.poll("sum", 1, 10s, test.keep(poll));
    CHECK(poll.empty());
    test.run();
    REQUIRE(poll.size() == 1);
    REQUIRE(poll[0]);
    REQUIRE(poll[0]->size() == 1);
    CHECK(*poll[0]->front().body == "[1,2]");

    test.board.answer(poll[0]->front().job, WorkerId::none, Fixture::answer("3"), test.keep(taken));
    test.run();
    REQUIRE(caller.size() == 1);
    CHECK(*std::get<Outcome>(caller[0])->body == "3");
    REQUIRE(taken.size() == 1);
    CHECK_FALSE(taken[0]);
}

TEST_CASE("what is refused is said on its line") {
    Fixture test;
    std::vector<CallWord> caller;
    std::vector<PollWord> poll;
    std::vector<WorkerWord> worker;
    test.board.call({.service = "", .body = Fixture::call().body}, test.keep(caller));
    test.board.poll("", 1, 10s, test.keep(poll));
    test.board.join({.service = ""}, test.keep(worker));
    test.run();
    REQUIRE(caller.size() == 1);
    CHECK(std::get<Outcome>(caller[0]).error().code == Errc::invalid_service);
    REQUIRE(poll.size() == 1);
    CHECK(poll[0].error().code == Errc::invalid_service);
    REQUIRE(worker.size() == 1);
    CHECK(std::get<Error>(worker[0]).code == Errc::invalid_service);
}

TEST_CASE("a kept call hears its job first, and a repeated one the same") {
    Fixture test;
    std::vector<CallWord> caller;
    Call call = Fixture::call();
    call.key = "k";
    test.board.call(call, test.keep(caller));
    test.board.call(call, test.keep(caller));
    test.run();
    REQUIRE(caller.size() == 2);
    CHECK(std::get<Accepted>(caller[0]).job == std::get<Accepted>(caller[1]).job);
}

TEST_CASE("a registered worker hears jobs and recalls, the caller progress") {
    Fixture test;
    std::vector<CallWord> caller;
    std::vector<WorkerWord> worker;
    std::vector<WatchWord> watcher;
    const WatcherId watch = test.board.watch("", 9, test.keep(watcher));
    const WorkerId id = test.board.join({.service = "sum"}, test.keep(worker));
    const CallId call = test.board.call(Fixture::call(), test.keep(caller));
    test.run();
    REQUIRE(worker.size() == 2);
    CHECK(std::holds_alternative<Joined>(worker[0]));
    const Uuid job = std::get<Assignment>(worker[1]).job;

    test.board.progress(job, id, Fixture::answer("50").body, {});
    test.board.leave(call);
    test.run();
    REQUIRE(caller.size() == 1);
    CHECK(*std::get<Progress>(caller[0]).body == "50");
    REQUIRE(worker.size() == 3);
    CHECK(std::get<Recall>(worker[2]).why == Errc::job_cancelled);

    test.board.part(id);
    test.board.unwatch(watch, "");
    test.board.join({.service = "sum"}, test.keep(worker));
    test.run();
    REQUIRE(watcher.size() == 3);
    CHECK(std::get<std::vector<Roll>>(watcher[0]).empty());
    CHECK(std::get<Change>(watcher[1]).has_joined);
    CHECK_FALSE(std::get<Change>(watcher[2]).has_joined);
}

TEST_CASE("what is due wakes it") {
    Fixture test;
    std::vector<PollWord> poll;
    test.board.poll("sum", 1, 1ms, test.keep(poll));
    test.own.poll();
    test.now += 1ms;
    test.own.restart();
    REQUIRE(test.own.run_one_for(10s) == 1);
    test.run();
    REQUIRE(poll.size() == 1);
    CHECK(poll[0]->empty());
}

TEST_CASE("while it drains it says when no job waits for a worker any more") {
    Fixture test;
    std::vector<CallWord> caller;
    std::vector<WorkerWord> worker;
    bool is_assigned = false;
    bool is_idle = false;
    const WorkerId id = test.board.join({.service = "sum"}, test.keep(worker));
    test.board.call(Fixture::call("1"), test.keep(caller));
    test.board.call(Fixture::call("2"), test.keep(caller));
    test.board.drain([&] { is_assigned = true; }, [&] { is_idle = true; });
    test.run();
    REQUIRE(worker.size() == 2);
    CHECK_FALSE(is_assigned);
    test.board.answer(std::get<Assignment>(worker[1]).job, id, Fixture::answer("1"), {});
    test.run();
    REQUIRE(worker.size() == 3);
    CHECK(is_assigned);
    CHECK_FALSE(is_idle);
    test.board.answer(std::get<Assignment>(worker[2]).job, id, Fixture::answer("2"), {});
    test.run();
    CHECK(is_idle);
    CHECK(caller.size() == 2);
}

TEST_CASE("it drains until no job is open, and stops with an answer to all") {
    Fixture test;
    std::vector<CallWord> caller;
    bool is_assigned = false;
    bool is_idle = false;
    test.board.call(Fixture::call(), test.keep(caller));
    test.board.drain([&] { is_assigned = true; }, [&] { is_idle = true; });
    test.run();
    CHECK_FALSE(is_idle);
    // Nobody has registered for whom it could wait.
    CHECK(is_assigned);
    test.board.stop();
    test.run();
    CHECK(is_idle);
    REQUIRE(caller.size() == 1);
    CHECK(std::get<Outcome>(caller[0]).error().code == Errc::draining);
}

}  // namespace
