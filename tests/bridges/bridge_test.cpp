// A service behind the embedded broker, and who calls it.

#include "bridges/bridge.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "memory/broker.hpp"

using namespace gateway;
using bridges::Bridge;
using services::CallWord;
using services::Outcome;

namespace {

using namespace std::chrono_literals;

/// Everything runs on this thread, inside `until`.
struct Stage : private Consumer::Events, private Producer::Events {
    explicit Stage(bridges::Options options = {.service = "sum", .requests = "sum.requests"})
        : bridge(io.get_executor(), broker, switchboard, node, std::move(options)) {
        broker.start();
        producer = broker.open_producer(io.get_executor(), *this);
        bridge.start();
        until([this] { return broker.status().consumers == 1; });
        auto opened = broker.open_consumer(
            io.get_executor(), {.topics = {"sum.requests"}, .group = "service", .headers = true},
            *this);
        REQUIRE(opened);
        service = std::move(*opened);
        until([this] { return is_live; });
    }
    ~Stage() {
        stop_bridge();
        service.reset();
        producer.reset();
        broker.stop(1s);
        switchboard.stop();
        io.poll();
    }

    void stop_bridge() {
        if (std::exchange(is_stopped, true)) return;
        bool is_done = false;
        bridge.stop([&] { is_done = true; });
        until([&] { return is_done; });
    }

    void until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io.run_one_for(100ms);
        }
    }

    /// What a caller hears, in order.
    struct Caller {
        std::vector<std::string> progress;
        std::optional<Outcome> outcome;
    };

    std::shared_ptr<Caller> call(services::Call call) {
        auto caller = std::make_shared<Caller>();
        if (!call.body) call.body = std::make_shared<const std::string>("1");
        if (call.service.empty()) call.service = "sum";
        switchboard.call(std::move(call),
                         {io.get_executor(), [caller](const CallWord& word) {
                              if (const auto* some = std::get_if<services::Progress>(&word)) {
                                  caller->progress.push_back(*some->body);
                              }
                              if (const auto* last = std::get_if<Outcome>(&word)) {
                                  caller->outcome = *last;
                              }
                          }});
        return caller;
    }

    /// The service's next request.
    std::map<std::string, std::string> request() {
        until([this] { return !requests.empty(); });
        auto first = std::move(requests.front());
        requests.erase(requests.begin());
        return first;
    }

    std::size_t queued() {
        std::optional<std::size_t> queued;
        switchboard.overview({io.get_executor(),
                              [&queued](const services::Overview& it) { queued = it.all.queued; }});
        until([&] { return queued.has_value(); });
        return *queued;
    }

    void answer(const std::string& id, std::string_view value, std::vector<Header> more = {}) {
        more.push_back({"correlation-id", id});
        const OutgoingRecord record{
            .topic = "sum.requests.replies", .value = value, .headers = more};
        CHECK(producer->send({&record, 1}).taken == 1);
    }

    void live(std::span<const Position>) override { is_live = true; }
    std::size_t records(std::span<const Record> records) override {
        for (const Record& record : records) {
            auto& request = requests.emplace_back();
            request["value"] = record.value.value_or("");
            for (const Header& header : record.headers) {
                request[std::string(header.name)] = header.value.value_or("");
            }
        }
        return records.size();
    }
    void lost(const Lost&) override { FAIL("lost"); }
    void revoked(std::span<const TopicPartition>) override {}
    void failed(const Error& error) override { FAIL(error.message); }
    void reported(std::span<const Producer::Report>) override {}
    void room() override {}

    asio::io_context io;
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    memory::Broker broker{memory::Options{}};
    services::Options options{};
    services::Switchboard switchboard{io.get_executor(), options,
                                      [] { return std::chrono::steady_clock::now(); }};
    Node node{.id = "n", .process = "n.p"};
    std::unique_ptr<Producer> producer;
    std::unique_ptr<Consumer> service;
    bool is_live = false;
    bool is_stopped = false;
    std::vector<std::map<std::string, std::string>> requests;
    Bridge bridge;
};

TEST_CASE("a job becomes a record, and the record that answers it reaches the caller") {
    Stage stage;
    const auto caller = stage.call({.command = "add",
                                    .body = std::make_shared<const std::string>(R"({"a": 1})"),
                                    .timeout = 5s});
    auto request = stage.request();
    CHECK(request["value"] == R"({"a": 1})");
    CHECK(request["reply-to"] == "sum.requests.replies");
    CHECK(request["content-type"] == "application/json");
    CHECK(request["service"] == "sum");
    CHECK(request["command"] == "add");
    CHECK(request["attempt"] == "1");
    CHECK(std::stoi(request["timeout"]) <= 5000);
    CHECK(std::stoi(request["timeout"]) > 1000);

    stage.answer(request["correlation-id"], R"({"sum": 2})");
    stage.until([&] { return caller->outcome.has_value(); });
    CHECK(*caller->outcome->value().body == R"({"sum": 2})");
    CHECK_FALSE(caller->outcome->value().is_failure);
}

TEST_CASE("a service may say that it failed, and what is no JSON is a failure") {
    Stage stage;
    const auto failed = stage.call({});
    stage.answer(stage.request()["correlation-id"], R"({"error": "no"})");
    stage.until([&] { return failed->outcome.has_value(); });
    CHECK(failed->outcome->value().is_failure);
    CHECK(*failed->outcome->value().body == R"({"error": "no"})");

    const auto garbled = stage.call({});
    stage.answer(stage.request()["correlation-id"], "{");
    stage.until([&] { return garbled->outcome.has_value(); });
    CHECK(garbled->outcome->value().is_failure);
    CHECK(*garbled->outcome->value().body ==
          R"({"error":{"code":"invalid_payload","message":"the service's reply is not JSON"}})");
}

TEST_CASE("what is said before the answer reaches the caller as progress") {
    Stage stage;
    const auto caller = stage.call({});
    const std::string id = stage.request()["correlation-id"];
    stage.answer(id, "50", {{"progress", ""}});
    stage.answer(id, "100");
    stage.until([&] { return caller->outcome.has_value(); });
    CHECK(caller->progress == std::vector<std::string>{"50"});
    CHECK(*caller->outcome->value().body == "100");
}

TEST_CASE("answers to nobody, and a second one, are passed over") {
    Stage stage;
    const auto first = stage.call({});
    const std::string id = stage.request()["correlation-id"];
    stage.answer("67e55044-10b1-426f-9247-bb680e5fe0c8", "0");
    stage.answer("none", "0");
    stage.answer(id, "1");
    stage.answer(id, "2");
    const auto second = stage.call({});
    stage.answer(stage.request()["correlation-id"], "3");
    stage.until([&] { return second->outcome.has_value(); });
    CHECK(*first->outcome->value().body == "1");
    CHECK(*second->outcome->value().body == "3");
}

TEST_CASE("a service has no more jobs at once than its credit") {
    Stage stage({.service = "sum", .requests = "sum.requests", .credit = 1});
    const auto first = stage.call({});
    const auto second = stage.call({});
    const std::string id = stage.request()["correlation-id"];
    CHECK(stage.queued() == 1);
    CHECK(stage.requests.empty());
    stage.answer(id, "1");
    stage.until([&] { return first->outcome.has_value(); });
    stage.answer(stage.request()["correlation-id"], "2");
    stage.until([&] { return second->outcome.has_value(); });
}

TEST_CASE("where it stops its jobs wait for other workers") {
    Stage stage;
    const auto caller = stage.call({});
    stage.request();
    stage.stop_bridge();
    CHECK(stage.queued() == 1);

    std::optional<services::Assignment> job;
    stage.switchboard.join({.service = "sum"},
                           {stage.io.get_executor(), [&job](const services::WorkerWord& word) {
                                if (const auto* it = std::get_if<services::Assignment>(&word)) {
                                    job = *it;
                                }
                            }});
    stage.until([&] { return job.has_value(); });
    CHECK(job->attempt == 2);
    CHECK_FALSE(caller->outcome.has_value());
}

}  // namespace
