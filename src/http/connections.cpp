#include "http/connections.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <fmt/format.h>

#include "http/route.hpp"

namespace gateway::http {
namespace {

const std::string& bad_request() {
    static const Reply reply =
        error_reply(400, "bad_request",
                    "this is not HTTP/1.1, or its header or its body is larger than allowed");
    static const std::string text = fmt::format(
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: {}\r\n"
        "Content-Length: {}\r\n\r\n{}",
        reply.content_type, reply.body.size(), reply.body);
    return text;
}

}  // namespace

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
    if (is_reading_) send_last(*this, bad_request());
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
