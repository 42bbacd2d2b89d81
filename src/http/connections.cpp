#include "http/connections.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <fmt/format.h>

#include "http/route.hpp"

namespace gateway::http {
namespace {

std::string refusal_text(unsigned status, std::string_view reason, std::string_view code,
                         std::string_view message) {
    const Reply reply = error_reply(status, code, message);
    return fmt::format(
        "HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Type: {}\r\n"
        "Content-Length: {}\r\n\r\n{}",
        status, reason, reply.content_type, reply.body.size(), reply.body);
}

std::string text_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::no_request:
            return refusal_text(400, "Bad Request", "bad_request",
                                "this is not HTTP/1.1, or its headers are too large together");
        case Refusal::long_target:
            return refusal_text(414, "URI Too Long", "target_too_long",
                                "the target is longer than http.max_header_bytes");
        case Refusal::large_header:
            return refusal_text(431, "Request Header Fields Too Large", "header_too_large",
                                "a header is longer than http.max_header_bytes, or there are too "
                                "many of them");
        case Refusal::large_body:
            return refusal_text(413, "Content Too Large", "body_too_large",
                                "the body is larger than http.max_body_bytes");
    }
    return {};
}

}  // namespace

thread_local Refusal Socket::refusal_ = Refusal::no_request;

void Connections::stop() {
    is_stopping_ = true;
    for (Socket* const socket : sockets_) {
        if (socket->is_waiting_) socket->end();
    }
}

void Connections::add(Socket& socket) {
    sockets_.insert(&socket);
    ++port_->connections;
}

void Connections::remove(Socket& socket) {
    if (sockets_.erase(&socket) != 0) --port_->connections;
}

Socket::Socket(Base socket, std::shared_ptr<Connections> connections)
    : Base(std::move(socket)), connections_(std::move(connections)) {
    connections_->add(*this);
}

Socket::Socket(Socket&& other) noexcept
    : Base(std::move(static_cast<Base&>(other))), connections_(other.connections_) {
    connections_->add(*this);
    connections_->remove(other);
}

Socket::~Socket() { connections_->remove(*this); }

void Socket::shutdown(shutdown_type what, asio::error_code& error) {
    if (is_reading_) send_last(*this, text_of(refusal_));
    Base::shutdown(what, error);
}

void Socket::start_waiting() {
    is_waiting_ = true;
    if (connections_->is_stopping()) end();
}

void Socket::end() {
    asio::error_code ignored;
    Base::shutdown(shutdown_both, ignored);
}

void send_last(asio::ip::tcp::socket& socket, std::string_view text) {
    asio::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace gateway::http
