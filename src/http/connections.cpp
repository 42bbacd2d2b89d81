#include "http/connections.hpp"

#include <sys/socket.h>

#include <cerrno>
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
        case Refusal::late:
            return refusal_text(408, "Request Timeout", "request_timeout",
                                "the rest of the request did not come within http.idle_timeout");
    }
    return {};
}

}  // namespace

thread_local Refusal Socket::refusal_ = Refusal::no_request;
thread_local Socket* Socket::current_ = nullptr;

void Connections::stop() {
    is_stopping_ = true;
    for (Socket* const socket : sockets_) {
        if (socket->is_waiting_) socket->end();
    }
}

void Connections::name(std::uint64_t connection) {
    newest_->name_ = connection;
    by_name_[connection] = newest_;
}

Socket* Connections::find(std::uint64_t connection) const {
    const auto found = by_name_.find(connection);
    return found == by_name_.end() ? nullptr : found->second;
}

void Connections::watch(std::uint64_t connection, std::function<void()> left) {
    if (Socket* const socket = find(connection)) socket->watch(std::move(left));
}

void Connections::settle(std::uint64_t connection) {
    Socket* const socket = find(connection);
    if (socket && socket->watch_) socket->watch_->left = nullptr;
}

void Connections::end(std::uint64_t connection) {
    if (Socket* const socket = find(connection)) socket->end();
}

void Connections::add(Socket& socket) {
    sockets_.insert(&socket);
    newest_ = &socket;
    ++port_->connections;
}

void Connections::remove(Socket& socket) {
    if (sockets_.erase(&socket) != 0) --port_->connections;
    if (find(socket.name_) == &socket) by_name_.erase(socket.name_);
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

Socket::~Socket() {
    if (watch_) watch_->socket = nullptr;
    connections_->remove(*this);
}

void Socket::shutdown(shutdown_type what, asio::error_code& error) {
    if (is_reading_) {
        send_last(*this, text_of(refusal_));
    } else if (is_waiting_ && has_part_) {
        send_last(*this, text_of(Refusal::late));
    }
    Base::shutdown(what, error);
}

void Socket::start_waiting() {
    is_waiting_ = true;
    if (connections_->is_stopping()) end();
}

void Socket::expect_body() {
    asio::error_code ignored;
    if (!current_) return;
    current_->non_blocking(true, ignored);
    current_->write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ignored);
}

void Socket::watch(std::function<void()> left) {
    if (!watch_) watch_ = std::make_shared<Watch>(Watch{.socket = this});
    watch_->left = std::move(left);
    if (!watch_->is_waiting) wait_for_end(watch_);
}

void Socket::wait_for_end(const std::shared_ptr<Watch>& watch) {
    watch->is_waiting = true;
    watch->socket->async_wait(wait_read, [watch](const asio::error_code& error) {
        watch->is_waiting = false;
        if (error || !watch->socket || !watch->left) return;
        char byte = 0;
        const auto size = recv(watch->socket->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (size > 0) return;
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return wait_for_end(watch);
        std::exchange(watch->left, nullptr)();
    });
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
