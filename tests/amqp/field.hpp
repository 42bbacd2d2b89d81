#pragma once

#include <chrono>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include "amqp/broker.hpp"
#include "broker/stage.hpp"

namespace gateway::amqp::testing {

/// A broker with options of one's own, and a stage on it. What plays on it must end before it.
class Field {
public:
    explicit Field(Options options) : broker_(std::move(options)), stage_(broker_, io_) {
        broker_.start();
    }
    ~Field() { stop(std::chrono::seconds(5)); }

    void stop(std::chrono::milliseconds timeout) {
        auto guard = asio::make_work_guard(io_);
        io_.restart();
        std::thread runner([this] { io_.run(); });
        broker_.stop(timeout);
        guard.reset();
        runner.join();
    }

    [[nodiscard]] contract::Stage& stage() { return stage_; }
    [[nodiscard]] Broker& broker() { return broker_; }

    /// Waits until the broker is up, or is not.
    [[nodiscard]] bool until_up(bool is_up) {
        return stage_.run_until([&] {
            const auto status = broker_.status();
            return status.up == is_up && (is_up || status.reason != "not connected yet");
        });
    }

private:
    asio::io_context io_;
    Broker broker_;
    contract::Stage stage_;
};

}  // namespace gateway::amqp::testing
