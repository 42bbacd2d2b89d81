#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "gateway/shard.hpp"
#include "kasocki/door.hpp"
#include "kasocki/fake_broadcasts.hpp"
#include "kasocki/fake_broker.hpp"
#include "socketio/peer.hpp"

namespace gateway::kasocki {

/// What a client of Socket.IO sees: each packet as its JSON, an ack as "7:" and its arguments.
struct FakePeer final : socketio::Peer {
    void emit(std::string_view name, std::string_view arguments, socketio::Attachments) override {
        sent.push_back(std::string(name) + ":" + std::string(arguments));
    }
    void acknowledge(std::uint64_t ack, std::string_view arguments,
                     socketio::Attachments) override {
        sent.push_back(std::to_string(ack) + ":" + std::string(arguments));
    }
    void pause_reading() override { is_reading = false; }
    void resume_reading() override { is_reading = true; }
    void disconnect() override { is_disconnected = true; }
    void close(CloseCode code) override { closed = code; }

    std::vector<std::string> sent;
    bool is_reading = true;
    bool is_disconnected = false;
    std::optional<CloseCode> closed;
};

/// A door of a broker with the topics a (2 partitions), b and c, and one client. Everything runs on
/// this thread, inside `settle`.
struct Stage {
    using Strings = std::vector<std::string>;

    explicit Stage(Options options = {}, SessionOptions session_options = {})
        : options(std::move(options)), session_options(std::move(session_options)) {
        broker().topics = {{"b", {{0, 9}}}, {"a", {{2, 5}, {0, 7}}}, {"c", {{0, 0}}}};
    }
    ~Stage() {
        if (client) client->disconnected();
    }

    FakeBroker& broker() { return static_cast<FakeBroker&>(brokers.standard()); }

    void settle() {
        io.restart();
        io.poll();
    }

    /// The client comes in, and has read everything that it was sent.
    void connect() {
        arrive();
        settle();
        read();
    }

    void arrive() {
        client = door.accept(peer, {.name_space = "/", .auth = "{}"});
        client->connected();
    }

    /// What was sent since the last call; it counts as written.
    Strings read() {
        Strings sent = std::exchange(peer.sent, {});
        written(sent.size());
        return sent;
    }
    void written(std::size_t count) {
        if (count > 0) client->written(count);
    }

    void emit(std::string_view name, std::string_view argument,
              std::optional<std::uint64_t> ack = std::nullopt) {
        client->received({.name = name, .arguments = std::span(&argument, 1), .ack = ack});
    }

    /// Emits, and returns what was answered by then.
    Strings ask(std::string_view name, std::string_view argument = "null") {
        emit(name, argument, 7);
        settle();
        return read();
    }

    /// A subscription that is live.
    void subscribe(std::string_view argument = R"("b")") {
        emit("subscribe", argument);
        settle();
        REQUIRE(broadcasts.open_one);
        live();
        read();
    }
    void live() { broadcasts.open_one->events.live({}); }

    /// How many of these values, from offset `first` of "b" on, were taken.
    std::size_t records(const std::vector<std::string>& values, std::int64_t first = 0) {
        std::vector<Record> records;
        for (const std::string& value : values) {
            records.push_back({.topic = "b", .offset = first++, .timestamp = 100, .value = value});
        }
        return broadcasts.open_one->events.records(records);
    }

    static Brokers make_brokers() {
        std::vector<std::unique_ptr<Broker>> all;
        all.push_back(std::make_unique<FakeBroker>());
        return Brokers(std::move(all));
    }

    asio::io_context io{};
    Options options;
    SessionOptions session_options;
    Brokers brokers = make_brokers();
    Health health{{.version = "1", .uptime = [] { return std::chrono::seconds(1); }}, brokers};
    Counters counters{};
    FakeBroadcasts broadcasts{};
    Shard shard{.executor = io.get_executor(),
                .options = session_options,
                .brokers = brokers,
                .health = health,
                .counters = counters,
                .broadcasts = &broadcasts};
    Door door{shard, options};
    FakePeer peer{};
    std::shared_ptr<socketio::Peer::Events> client{};
};

/// A message of "b" as the client gets it: `fields` and where it stands.
inline std::string message(std::string_view fields, std::int64_t offset) {
    return "{" + std::string(fields) + R"("meta":{"topic":"b","partition":0,"offset":)" +
           std::to_string(offset) + R"(,"timestamp":100,"key":null}})";
}

}  // namespace gateway::kasocki
