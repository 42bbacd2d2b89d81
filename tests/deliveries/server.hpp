#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "deliveries/deliveries.hpp"
#include "gateway/recorded_connection.hpp"
#include "gateway/session.hpp"
#include "memory/broker.hpp"

/// Servers that deliver to their clients, on one embedded broker.
namespace gateway::deliveries {

using std::chrono::milliseconds;

/// Everything runs on this thread, inside `until`.
struct Stage : private Consumer::Events, private Producer::Events {
    Stage() {
        for (const auto& broker : brokers.all()) broker->start();
        producer = brokers.standard().open_producer(io.get_executor(), *this);
    }
    ~Stage() {
        witness.reset();
        producer.reset();
        for (const auto& broker : brokers.all()) broker->stop(std::chrono::seconds(1));
        io.restart();
        io.poll();
    }

    static std::vector<std::unique_ptr<Broker>> make_brokers() {
        std::vector<std::unique_ptr<Broker>> brokers;
        brokers.push_back(std::make_unique<memory::Broker>(memory::Options{}));
        return brokers;
    }

    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= end) return false;
            io.restart();
            io.run_one_for(milliseconds(100));
        }
        return true;
    }

    void until(const std::function<bool()>& condition) { REQUIRE(comes(condition)); }

    /// What a service sends.
    void send(std::string_view queue, std::string_view value, std::vector<Header> headers = {}) {
        const OutgoingRecord record{.topic = queue, .value = value, .headers = headers};
        CHECK(producer->send({&record, 1}).taken == 1);
    }

    /// The values of a queue, from its beginning, until there are so many.
    std::vector<std::string> values(const std::string& queue, std::size_t count) {
        seen.clear();
        auto consumer = brokers.standard().open_consumer(
            io.get_executor(),
            {.topics = {queue}, .group = "witness", .headers = true, .start = FromEarliest{}},
            *this);
        REQUIRE(consumer);
        witness = std::move(*consumer);
        until([&] { return seen.size() >= count; });
        witness.reset();
        return seen;
    }

    void reported(std::span<const Producer::Report>) override {}
    void room() override {}
    void live(std::span<const Position>) override {}
    void revoked(std::span<const TopicPartition>) override {}
    std::size_t records(std::span<const Record> batch) override {
        for (const Record& record : batch) {
            std::string& value = seen.emplace_back(record.value.value_or(""));
            for (const Header& header : record.headers) {
                value.append(" ").append(header.name).append("=").append(*header.value);
            }
        }
        return batch.size();
    }
    void lost(const Lost&) override {}
    void failed(const Error& error) override { FAIL(error.message); }

    asio::io_context io;
    SessionOptions options;
    Brokers brokers{make_brokers()};
    std::unique_ptr<Producer> producer;
    std::unique_ptr<Consumer> witness;
    std::vector<std::string> seen;
};

/// One server with two shards.
struct Server {
    Server(Stage& stage_in, const std::string& id, milliseconds heartbeat = milliseconds(200))
        : stage(stage_in), node{.id = id, .process = id + ".run", .queue = "athena." + id} {
        health.add(one);
        health.add(two);
        options.heartbeat = heartbeat;
        deliveries =
            std::make_unique<Deliveries>(stage.io.get_executor(), stage.brokers.standard(),
                                         std::vector<Shard*>{&one, &two}, node, counters, options);
        one.nodes = two.nodes = deliveries.get();
        deliveries->start();
    }
    ~Server() {
        CHECK((is_stopped || stop()));
        CHECK(stage.comes(
            [&] { return one.sessions.lingering() == 0 && two.sessions.lingering() == 0; }));
    }

    [[nodiscard]] bool stop() {
        deliveries->stop([this] { is_stopped = true; });
        return stage.comes([&] { return is_stopped; });
    }

    Shard shard() {
        return {.executor = stage.io.get_executor(),
                .options = stage.options,
                .brokers = stage.brokers,
                .health = health,
                .counters = counters,
                .node = node};
    }

    Stage& stage;
    Node node;
    Counters counters;
    deliveries::Options options;
    Health health{{.version = "1", .uptime = [] { return std::chrono::seconds(5); }},
                  stage.brokers};
    Shard one{shard()};
    Shard two{shard()};
    std::unique_ptr<Deliveries> deliveries;
    bool is_stopped = false;
};

struct Client {
    Client(Server& server, Shard& shard, const std::string& user = {}) : stage(server.stage) {
        session = shard.sessions.open(shard, connection, user);
    }
    ~Client() { session->closed(); }

    [[nodiscard]] std::string id() const { return session->client_id(); }

    /// The next frame, without its id, which counts for all clients of a process.
    std::string next() {
        stage.until([&] { return connection.frames.size() > read; });
        session->written(1);
        const std::string& frame = connection.frames[read++];
        return frame.substr(0, 6) == R"({"id":)" ? frame.substr(frame.find(',') + 1) : frame;
    }

    Stage& stage;
    RecordedConnection connection;
    std::shared_ptr<Session> session;
    std::size_t read = 0;
};

[[nodiscard]] inline std::string to(const std::string& id, const std::string& payload = "1") {
    return R"({"to":")" + id + R"(","p":)" + payload + "}";
}

[[nodiscard]] inline std::string to_user(const std::string& user,
                                         const std::string& payload = "1") {
    return R"({"to":{"user":")" + user + R"("},"p":)" + payload + "}";
}

/// How many servers it knows, itself too.
[[nodiscard]] inline std::ptrdiff_t known(Stage& stage, Server& server) {
    std::string list;
    server.deliveries->list(stage.io.get_executor(),
                            [&](const std::string& answer) { list = answer; });
    stage.until([&] { return !list.empty(); });
    return std::count(list.begin(), list.end(), '{');
}

/// Both servers know each other.
inline void introduce(Stage& stage, Server& a, Server& b) {
    stage.until([&] { return known(stage, a) == 2 && known(stage, b) == 2; });
}

}  // namespace gateway::deliveries
