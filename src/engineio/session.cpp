#include "engineio/session.hpp"

#include <utility>

#include <fmt/format.h>

#include "engineio/carriers.hpp"

namespace gateway::engineio {

Session::Session(Host& host, const Options& options, Handshake handshake)
    : host_(host),
      options_(options),
      handshake_(std::move(handshake)),
      heartbeat_(handshake_.dialect.revision, options.ping_interval, options.ping_timeout),
      outbound_(handshake_.dialect) {
    outbound_.add(PacketType::open, this->handshake());
}

Session::~Session() = default;

std::string Session::handshake() const {
    return fmt::format(
        R"({{"sid":"{}","upgrades":[{}],"pingInterval":{},"pingTimeout":{},"maxPayload":{}}})",
        handshake_.id, handshake_.is_polling ? R"("websocket")" : "",
        options_.ping_interval.count(), options_.ping_timeout.count(), options_.max_payload);
}

void Session::open(std::shared_ptr<Connection::Events> events) {
    events_ = std::move(events);
    set_heartbeat();
}

void Session::send_text(std::string text) { send(PacketType::message, std::move(text)); }

void Session::send_binary(std::string bytes) {
    if (is_closing_) return;
    outbound_.add_binary(std::move(bytes));
    flush();
    update_reading();
}

void Session::send_shared(const std::shared_ptr<const SharedFrame>& frame) {
    send_text(std::string(frame->text()));
}

void Session::send(PacketType type, std::string data) {
    if (is_closing_) return;
    outbound_.add(type, std::move(data));
    flush();
    update_reading();
}

void Session::flush() {
    if (socket_) {
        while (!outbound_.is_empty()) socket_->send(outbound_.take_frame());
    } else if (poll_ && replies_ == 0 && !outbound_.is_empty()) {
        reply_to_poll();
    }
}

void Session::written(const Outbound::Carried& carried) {
    outbound_.written(carried);
    has_moved_ = true;
    if (carried.messages > 0) events_->written(carried.messages);
    update_reading();
}

void Session::received(const Packet& packet) {
    const bool client_pings = handshake_.dialect.revision == Revision::v3;
    switch (packet.type) {
        case PacketType::message:
            return received_message(packet);
        case PacketType::ping:
            if (!client_pings) break;
            send(PacketType::pong, std::string(packet.data));
            return beat();
        case PacketType::pong:
            if (client_pings) break;
            return beat();
        case PacketType::close:
            reply_to_poll(PacketType::noop);
            answer_post(reply_ok());
            return end(CloseCode::normal);
        case PacketType::noop:
            return;
        case PacketType::open:
        case PacketType::upgrade:
            break;
    }
    end(CloseCode::policy_violation);
}

void Session::received_message(const Packet& packet) {
    heartbeat_.heard();
    if (is_closing_) return;
    if (packet.is_binary) {
        events_->received_binary(packet.data);
    } else {
        events_->received_text(packet.data);
    }
}

void Session::beat() {
    if (heartbeat_.beat() && !is_closing_) set_heartbeat();
}

void Session::pause_reading() {
    wants_reading_ = false;
    update_reading();
}

void Session::resume_reading() {
    wants_reading_ = true;
    update_reading();
}

bool Session::may_read() const {
    return is_closing_ || (wants_reading_ && outbound_.bytes() < options_.max_buffered_bytes);
}

void Session::update_reading() {
    const bool may = may_read();
    if (socket_ && is_socket_paused_ == may) {
        is_socket_paused_ = !may;
        if (may) {
            socket_->connection.resume_reading();
        } else {
            socket_->connection.pause_reading();
        }
    }
    // Not from within whatever made room: what is received then would come to it in between.
    if (post_ && post_->is_held && may) host_.set_alarm(*this, Alarm::resume, {});
}

void Session::alarm(Alarm alarm) {
    switch (alarm) {
        case Alarm::heartbeat:
            return check_heartbeat();
        case Alarm::upgrade:
            return drop_candidate(CloseCode::idle);
        case Alarm::resume:
            if (post_) work_on_post();
    }
}

void Session::set_heartbeat() { host_.set_alarm(*this, Alarm::heartbeat, heartbeat_.delay()); }

void Session::check_heartbeat() {
    if (is_closing_) return end(CloseCode::normal);
    // A client is not heard while it is not read. If that is because it does not take what waits
    // for it, then it must at least be seen to take some.
    const bool is_idle = !wants_reading_ && outbound_.bytes() == 0;
    const bool is_excused = !may_read() && (is_idle || has_moved_);
    has_moved_ = false;
    switch (heartbeat_.alarm(is_excused)) {
        case Heartbeat::Due::ping:
            send(PacketType::ping);
            break;
        case Heartbeat::Due::nothing:
            break;
        case Heartbeat::Due::lost:
            return end(CloseCode::idle);
    }
    set_heartbeat();
}

void Session::close(CloseCode code) {
    if (is_closing_ || !events_) return;
    drop_candidate(code);
    if (!socket_) send(PacketType::close);
    is_closing_ = true;
    update_reading();
    if (socket_) {
        socket_->connection.close(code);
    } else {
        host_.set_alarm(*this, Alarm::heartbeat, options_.ping_timeout);
    }
}

void Session::end(CloseCode code) {
    if (!events_) return;
    const auto self = shared_from_this();
    const auto events = std::exchange(events_, nullptr);
    reply_to_poll(PacketType::close);
    answer_post(reply_of(Refusal::bad_request));
    drop_candidate(code);
    if (socket_) std::exchange(socket_, nullptr)->connection.close(code);
    host_.ended(*this);
    events->closed();
}

}  // namespace gateway::engineio
