// Nodes of one embedded broker, each with a switchboard, an executor and a cluster of its own.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "cluster/cluster.hpp"
#include "gateway/recorded_connection.hpp"
#include "memory/broker.hpp"

namespace gateway::cluster {

using namespace services;
using std::chrono::milliseconds;

inline Text text(std::string_view json) { return std::make_shared<const std::string>(json); }

/// Its executor runs inside `Stage::until` alone; one that is killed does not run any more.
struct ServerNode {
    ServerNode(Broker& broker, const std::string& id, const std::string& run,
               milliseconds heartbeat, std::size_t max_unsettled_bytes)
        : node{.id = id, .process = id + "." + run} {
        options.heartbeat = heartbeat;
        options.max_unsettled_bytes = max_unsettled_bytes;
        options.tell_interval = milliseconds(1);
        options.max_record_bytes = 100'000;
        cluster = std::make_unique<Cluster>(Cluster::Around{.executor = io.get_executor(),
                                                            .broker = broker,
                                                            .board = board,
                                                            .events = post,
                                                            .node = node,
                                                            .options = options});
        bus.set_carrier(cluster->events());
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
    services::Options board_options{.attempts = 3};
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
                    milliseconds heartbeat = milliseconds(200),
                    std::size_t max_unsettled_bytes = 1 << 20) {
        return *nodes.emplace_back(
            std::make_unique<ServerNode>(broker, id, run, heartbeat, max_unsettled_bytes));
    }

    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            for (const auto& node : nodes) node->run();
            io.run_one_for(milliseconds(1));
        }
        return true;
    }
    void until(const std::function<bool()>& condition) { REQUIRE(comes(condition)); }

    /// What a node shows of a service.
    std::optional<ServiceView> view(ServerNode& node, const std::string& service) {
        std::optional<std::vector<Roll>> found;
        node.board.rolls(service, 0, node.line<std::vector<Roll>>([&](auto rolls) {
            found = std::move(rolls);
        }));
        until([&] { return found.has_value(); });
        if (found->empty()) return std::nullopt;
        return found->front().service;
    }

    void until_workers(ServerNode& node, const std::string& service, std::size_t count) {
        until([&] {
            const auto seen = view(node, service);
            return (seen ? seen->workers : 0) == count;
        });
    }

    memory::Broker broker{memory::Options{}};
    std::vector<std::unique_ptr<ServerNode>> nodes;
    asio::io_context io;  ///< Of no node.
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
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

}  // namespace gateway::cluster
