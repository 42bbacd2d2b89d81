#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>

#include "engineio/session.hpp"

// What a session hands out to hear from what carries it. Internal to engineio/. They hold the
// session weakly, since they last as long as what they belong to.

namespace gateway::engineio {

struct Session::Poll final : Exchange::Events {
    Poll(std::weak_ptr<Session> session, Exchange& exchange)
        : session(std::move(session)), exchange(exchange) {}

    void ended(bool is_written) override {
        if (const auto self = session.lock()) self->poll_ended(*this, is_written);
    }

    std::weak_ptr<Session> session;
    Exchange& exchange;
    Outbound::Carried carried;
};

struct Session::Post final : Exchange::Events {
    Post(std::weak_ptr<Session> session, Exchange& exchange, PayloadReader reader)
        : session(std::move(session)), exchange(exchange), reader(std::move(reader)) {}

    void ended(bool) override {
        if (const auto self = session.lock()) self->post_ended(*this);
    }

    std::weak_ptr<Session> session;
    Exchange& exchange;
    PayloadReader reader;
    bool is_held = false;      ///< Until reading goes on.
    bool is_answered = false;  ///< Before all of it was received.
};

struct Session::Socket final : Connection::Events {
    Socket(std::weak_ptr<Session> session, Connection& connection)
        : session(std::move(session)), connection(connection) {}

    void send(Outbound::Frame frame) {
        carried.push_back(frame.carried);
        if (frame.is_binary) {
            connection.send_binary(std::move(frame.bytes));
        } else {
            connection.send_text(std::move(frame.bytes));
        }
    }

    void received_text(std::string_view text) override {
        if (const auto self = session.lock()) self->received(*this, parse_text(text));
    }
    void received_binary(std::string_view bytes) override {
        if (const auto self = session.lock()) {
            self->received(*this, parse_binary(self->handshake_.dialect.revision, bytes));
        }
    }
    void written(std::size_t frames) override {
        if (const auto self = session.lock()) self->socket_written(*this, frames);
    }
    void closed() override {
        if (const auto self = session.lock()) self->socket_closed(*this);
    }

    std::weak_ptr<Session> session;
    Connection& connection;
    std::deque<Outbound::Carried> carried;  ///< By the frames that are not yet written.
};

}  // namespace gateway::engineio
