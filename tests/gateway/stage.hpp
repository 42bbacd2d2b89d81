#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/recorded_connection.hpp"
#include "gateway/shard.hpp"
#include "memory/broker.hpp"

namespace gateway::testing {

/// One client of a shard on the embedded broker. Everything runs on this thread, inside `until`.
struct Stage {
    explicit Stage(SessionOptions session_options = at_once(), memory::Options memory_options = {})
        : Stage(std::move(session_options), make(memory_options)) {}

    Stage(SessionOptions session_options, Brokers all)
        : options(std::move(session_options)), brokers(std::move(all)) {
        health.add(shard);
        brokers.standard().start();
        session = shard.sessions.accept(shard, connection);
    }

    ~Stage() {
        if (session) close();
        until([&] { return shard.sessions.lingering() == 0; });
        // The broker's answers to what was abandoned still come to this executor.
        brokers.standard().stop(std::chrono::seconds(1));
        io.restart();
        io.poll();
    }

    static SessionOptions at_once() {
        SessionOptions options;
        options.producer.batch.interval.reset();
        options.consumer.batch.interval.reset();
        return options;
    }

    static Brokers make(const memory::Options& options) {
        std::vector<std::unique_ptr<Broker>> brokers;
        brokers.push_back(std::make_unique<memory::Broker>(options));
        return Brokers(std::move(brokers));
    }

    void until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            io.restart();
            io.run_one_for(std::chrono::milliseconds(100));
        }
    }

    /// For what must not happen.
    void run_for(std::chrono::milliseconds time) {
        io.restart();
        io.run_for(time);
    }

    void send(std::string_view frame) { session->received_text(frame); }

    /// The next frame the client gets; it counts as written at once.
    std::string next() {
        until([&] { return connection.frames.size() > read; });
        session->written(1);
        return connection.frames[read++];
    }

    std::string ask(std::string_view frame) {
        send(frame);
        return next();
    }

    void close() { std::exchange(session, nullptr)->closed(); }

    asio::io_context io;
    SessionOptions options;
    Brokers brokers;
    Health health{{.version = "1", .uptime = [] { return std::chrono::seconds(5); }}, brokers};
    Counters counters;
    Shard shard{.executor = io.get_executor(),
                .options = options,
                .brokers = brokers,
                .health = health,
                .counters = counters};
    RecordedConnection connection;
    std::shared_ptr<Connection::Events> session;
    std::size_t read = 0;
};

}  // namespace gateway::testing
