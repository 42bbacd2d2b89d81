#pragma once

#include <chrono>
#include <string>
#include <thread>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "broker/stage.hpp"
#include "kafka/broker.hpp"

namespace gateway::test {

inline kafka::Options options_for(const std::string& servers) {
    kafka::Options options;
    options.common["bootstrap.servers"] = servers;
    options.probe_interval = std::chrono::milliseconds(100);
    return options;
}

/// A started broker that is stopped at the end while its executor still runs.
class Play {
public:
    explicit Play(const kafka::Options& options)
        : broker_(options), stage_(started(broker_), io_) {}
    ~Play() { stop(std::chrono::seconds(10)); }

    Play(const Play&) = delete;
    Play& operator=(const Play&) = delete;

    [[nodiscard]] kafka::Broker& broker() { return broker_; }
    [[nodiscard]] contract::Stage& stage() { return stage_; }

    /// How long it took.
    std::chrono::milliseconds stop(kafka::Broker::Timeout timeout) {
        const auto start = std::chrono::steady_clock::now();
        auto guard = asio::make_work_guard(stage_.io());
        stage_.io().restart();
        std::thread runner([this] { stage_.io().run(); });
        broker_.stop(timeout);
        guard.reset();
        runner.join();
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - start);
    }

    /// Waits until the status is as asked for; nothing tells of it.
    template <typename Test>
    [[nodiscard]] bool becomes(Test test) {
        const auto deadline = std::chrono::steady_clock::now() + contract::patience();
        while (!test(broker_.status())) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            stage_.io().restart();
            stage_.io().run_for(std::chrono::milliseconds(1));
        }
        return true;
    }

private:
    static kafka::Broker& started(kafka::Broker& broker) {
        broker.start();
        return broker;
    }

    asio::io_context io_;
    kafka::Broker broker_;
    contract::Stage stage_;
};

}  // namespace gateway::test
