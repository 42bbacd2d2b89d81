#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engineio/recorded_exchange.hpp"
#include "engineio/session.hpp"
#include "gateway/recorded_connection.hpp"

namespace gateway::engineio {

inline const Session::Handshake websocket_only{.id = "abc", .is_polling = false};
inline const Session::Handshake revision_3{.dialect = {.revision = Revision::v3}, .id = "abc"};

/// The handshake of a Stage's client.
constexpr auto opening =
    R"(0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,)"
    R"("maxPayload":1000000})";

/// Who speaks on a session: keeps what it is told.
struct Speaker final : Connection::Events {
    void received_text(std::string_view text) override { received.emplace_back(text); }
    void received_binary(std::string_view bytes) override { received.emplace_back(bytes); }
    void written(std::size_t frames) override { frames_written += frames; }
    void closed() override { ++times_closed; }

    std::vector<std::string> received;
    std::size_t frames_written = 0;
    int times_closed = 0;
};

/// A request under way, with what the session wants to know of it.
struct Request {
    RecordedExchange exchange{};
    std::shared_ptr<Exchange::Events> events{};

    void end(bool is_written = true) { std::exchange(events, nullptr)->ended(is_written); }
};

struct Websocket {
    RecordedConnection connection{};
    std::shared_ptr<Connection::Events> events{};

    void receive(std::string_view text) { events->received_text(text); }
};

/// A session and all that is around it.
struct Stage final : Session::Host {
    explicit Stage(Session::Handshake handshake = {.id = "abc"}, Options options = {})
        : options(options),
          session(std::make_shared<Session>(*this, this->options, std::move(handshake))) {
        session->open(speaker);
    }

    void set_alarm(Session&, Session::Alarm alarm, std::chrono::milliseconds delay) override {
        alarms[alarm] = delay;
    }
    void ended(Session&) override { is_ended = true; }

    std::unique_ptr<Request> poll() {
        auto request = std::make_unique<Request>();
        request->events = session->poll(request->exchange);
        return request;
    }

    std::unique_ptr<Request> post(std::string body, bool is_binary = false) {
        auto request = std::make_unique<Request>();
        request->events =
            session->post(request->exchange, {.body = std::move(body), .is_binary = is_binary});
        return request;
    }

    std::unique_ptr<Websocket> attach() {
        auto socket = std::make_unique<Websocket>();
        socket->events = session->attach(socket->connection);
        return socket;
    }

    /// Polls once and gives the reply as read by the client.
    std::string fetch() {
        const auto request = poll();
        const std::string body = request->exchange.body();
        request->end();
        return body;
    }

    void ring(Session::Alarm alarm) {
        REQUIRE(alarms.erase(alarm) == 1);
        session->alarm(alarm);
    }

    Options options;
    std::shared_ptr<Speaker> speaker = std::make_shared<Speaker>();
    std::map<Session::Alarm, std::chrono::milliseconds> alarms{};
    bool is_ended = false;
    std::shared_ptr<Session> session;
};

}  // namespace gateway::engineio
