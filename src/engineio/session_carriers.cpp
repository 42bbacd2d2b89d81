// How requests and WebSockets carry a session; session.cpp has what is the same for both.

#include <string>
#include <string_view>
#include <utility>

#include "engineio/carriers.hpp"
#include "engineio/ignored.hpp"
#include "engineio/session.hpp"

namespace gateway::engineio {
namespace {

constexpr std::string_view probe = "probe";

std::shared_ptr<Exchange::Events> refuse(Exchange& exchange, Refusal refusal) {
    exchange.reply(reply_of(refusal));
    return std::make_shared<Ignored>();
}

}  // namespace

std::shared_ptr<Exchange::Events> Session::poll(Exchange& exchange) {
    if (!events_) return refuse(exchange, Refusal::unknown_session);
    if (socket_ || !handshake_.is_polling) return refuse(exchange, Refusal::bad_request);
    if (poll_) {
        end(CloseCode::policy_violation);
        return refuse(exchange, Refusal::bad_request);
    }
    const auto poll = std::make_shared<Poll>(weak_from_this(), exchange);
    poll_ = poll;
    if (outbound_.is_empty() && is_probed_) {
        reply_to_poll(PacketType::noop);
    } else {
        flush();
    }
    return poll;
}

std::shared_ptr<Exchange::Events> Session::post(Exchange& exchange, Payload payload) {
    if (post_ && post_->is_answered) drain_post();
    if (!events_) return refuse(exchange, Refusal::unknown_session);
    if (socket_ || !handshake_.is_polling) return refuse(exchange, Refusal::bad_request);
    if (post_) {
        end(CloseCode::policy_violation);
        return refuse(exchange, Refusal::bad_request);
    }
    const auto post = std::make_shared<Post>(
        weak_from_this(), exchange, PayloadReader(handshake_.dialect.revision, std::move(payload)));
    post_ = post;
    work_on_post();
    return post;
}

std::shared_ptr<Connection::Events> Session::attach(Connection& connection) {
    if (!events_ || socket_ || candidate_) {
        connection.close(CloseCode::policy_violation);
        return std::make_shared<Ignored>();
    }
    const auto socket = std::make_shared<Socket>(weak_from_this(), connection);
    if (handshake_.is_polling) {
        candidate_ = socket;
        is_probed_ = false;
        host_.set_alarm(*this, Alarm::upgrade, options_.upgrade_timeout);
    } else {
        socket_ = socket;
        flush();
    }
    return socket;
}

void Session::reply_to_poll() {
    const auto poll = std::exchange(poll_, nullptr);
    auto [payload, carried] = outbound_.take_payload(options_.max_payload);
    poll->carried = carried;
    ++replies_;
    poll->exchange.reply(reply_with(std::move(payload)));
}

void Session::reply_to_poll(PacketType type) {
    if (!poll_) return;
    const Packet packet{.type = type};
    const auto poll = std::exchange(poll_, nullptr);
    ++replies_;
    poll->exchange.reply(reply_with(write_payload(handshake_.dialect, {&packet, 1})));
}

void Session::poll_ended(const Poll& poll, bool is_written) {
    if (!events_) return;
    if (!is_written) return end(CloseCode::going_away);
    --replies_;
    written(poll.carried);
    if (is_closing_ && outbound_.is_empty()) return end(CloseCode::normal);
    flush();
}

void Session::work_on_post() {
    const auto post = post_;
    post->is_held = false;
    while (post_ == post && may_read()) take_from_post();
    if (post_ == post) hold_post();
}

void Session::drain_post() {
    const auto post = post_;
    while (post && post_ == post) take_from_post();
}

void Session::take_from_post() {
    Packet packet;
    switch (post_->reader.next(packet)) {
        case PayloadReader::Status::packet:
            received(packet);
            break;
        case PayloadReader::Status::end:
            answer_post(reply_ok());
            break;
        case PayloadReader::Status::malformed:
            end(CloseCode::policy_violation);
            break;
    }
}

void Session::hold_post() {
    post_->is_held = true;
    // A client that would change to a WebSocket has stopped to poll, and waits for this: neither
    // would it take what may be why it is held, nor change.
    if (is_probed_ && !std::exchange(post_->is_answered, true)) post_->exchange.reply(reply_ok());
}

void Session::answer_post(HttpReply reply) {
    const auto post = std::exchange(post_, nullptr);
    if (post && !post->is_answered) post->exchange.reply(std::move(reply));
}

void Session::post_ended(const Post& post) {
    if (post_.get() != &post || post.is_answered) return;
    post_ = nullptr;
    end(CloseCode::going_away);
}

void Session::received(const Socket& socket, const std::optional<Packet>& packet) {
    if (!events_) return;
    if (&socket == candidate_.get()) {
        received_from_candidate(packet);
    } else if (&socket == socket_.get()) {
        if (packet) {
            received(*packet);
        } else {
            end(CloseCode::policy_violation);
        }
    }
}

void Session::received_from_candidate(const std::optional<Packet>& packet) {
    if (packet == Packet{.type = PacketType::ping, .data = probe} && !is_probed_) {
        is_probed_ = true;
        candidate_->send({.bytes = write_text(PacketType::pong, std::string(probe))});
        reply_to_poll(PacketType::noop);
        if (post_ && post_->is_held) hold_post();
    } else if (packet && packet->type == PacketType::upgrade && is_probed_) {
        upgrade();
    } else {
        drop_candidate(CloseCode::policy_violation);
    }
}

void Session::upgrade() {
    socket_ = std::exchange(candidate_, nullptr);
    is_probed_ = false;
    reply_to_poll(PacketType::noop);
    drain_post();
    if (!events_) return;
    flush();
    update_reading();
}

void Session::drop_candidate(CloseCode code) {
    is_probed_ = false;
    if (candidate_) std::exchange(candidate_, nullptr)->connection.close(code);
}

void Session::socket_written(Socket& socket, std::size_t frames) {
    Outbound::Carried sum;
    for (; frames > 0; --frames) {
        sum.bytes += socket.carried.front().bytes;
        sum.messages += socket.carried.front().messages;
        socket.carried.pop_front();
    }
    if (events_) written(sum);
}

void Session::socket_closed(const Socket& socket) {
    if (&socket == candidate_.get()) {
        candidate_ = nullptr;
        is_probed_ = false;
    } else if (&socket == socket_.get()) {
        socket_ = nullptr;
        end(CloseCode::going_away);
    }
}

}  // namespace gateway::engineio
