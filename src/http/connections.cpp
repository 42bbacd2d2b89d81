#include "http/connections.hpp"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <fmt/format.h>

#include "http/route.hpp"

namespace gateway::http {
namespace {

/// How long a client that has left may go unnoticed. To look after a socket costs a system call,
/// as much as a tenth of a short request does.
constexpr std::chrono::milliseconds look_period{25};

/// The same where it has sent something ahead, and whether more follows is not told by itself.
constexpr std::chrono::milliseconds look_again_period{1000};

/// What may be read from a socket: bytes, its end, or nothing yet.
enum class Ahead { bytes, end, nothing };

Ahead peek(asio::ip::tcp::socket& socket) {
    pollfd look{.fd = socket.native_handle(), .events = POLLIN | POLLRDHUP, .revents = 0};
    if (poll(&look, 1, 0) < 0) return errno == EINTR ? Ahead::nothing : Ahead::end;
    // An end behind bytes that nobody has read yet is one, too.
    if ((look.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) return Ahead::end;
    return (look.revents & POLLIN) != 0 ? Ahead::bytes : Ahead::nothing;
}

std::string refusal_text(unsigned status, std::string_view reason, std::string_view code,
                         std::string_view message, std::string_view more = {}) {
    const Reply reply = error_reply(status, code, message);
    return fmt::format(
        "HTTP/1.1 {} {}\r\nConnection: close\r\nContent-Type: {}\r\n"
        "{}Content-Length: {}\r\n\r\n{}",
        status, reason, reply.content_type, more, reply.body.size(), reply.body);
}

}  // namespace

std::string text_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::no_request:
            return refusal_text(400, "Bad Request", "bad_request",
                                "this is not HTTP/1.1, or its headers are too large together");
        case Refusal::no_host:
            return refusal_text(400, "Bad Request", "bad_request",
                                "a request has one header Host; of HTTP/1.0 it may have none");
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
        case Refusal::no_place:
            return refusal_text(503, "Service Unavailable", "limit_reached",
                                "http.max_connections, or what the limit on open files allows, "
                                "are open",
                                "Retry-After: 1\r\n");
    }
    return {};
}

thread_local Refusal Socket::refusal_ = Refusal::no_request;
thread_local bool Socket::expects_body_ = false;
thread_local bool Socket::has_begun_ = false;

void Connections::stop() {
    is_stopping_ = true;
    for (Socket* const socket : sockets_) {
        if (socket->is_waiting_) socket->end();
    }
}

void Connections::name(std::uint64_t connection, std::string address) {
    newest_->name_ = connection;
    newest_->address_ = std::move(address);
    by_name_[connection] = newest_;
}

Socket* Connections::find(std::uint64_t connection) const {
    const auto found = by_name_.find(connection);
    return found == by_name_.end() ? nullptr : found->second;
}

void Connections::watch(std::uint64_t connection, std::function<void()> left) {
    Socket* const socket = find(connection);
    if (!socket) return;
    if (!socket->watch_) socket->watch_ = std::make_shared<Watch>(Watch{.socket = socket});
    Watch& watch = *socket->watch_;
    watch.left = std::move(left);
    if (watch.is_waiting || std::exchange(watch.is_watched, true)) return;
    watched_.push_back(socket->watch_);
    look_soon();
}

void Connections::look_soon() {
    if (std::exchange(is_looking_soon_, true)) return;
    look_.expires_after(look_period);
    look_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        self->is_looking_soon_ = false;
        self->look_at(std::exchange(self->watched_, {}));
    });
}

void Connections::look_at(const std::vector<std::shared_ptr<Watch>>& watches) {
    for (const auto& watch : watches) {
        watch->is_watched = false;
        if (watch->socket && watch->left) Socket::wait_for_end(watch);
    }
}

void Connections::look_later(std::shared_ptr<Watch> watch) {
    watch->is_watched = true;
    ahead_.push_back(std::move(watch));
    if (ahead_.size() > 1) return;
    look_again_.expires_after(look_again_period);
    look_again_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
        const auto self = weak.lock();
        if (!self || error) return;
        self->look_at(std::exchange(self->ahead_, {}));
    });
}

bool Connections::has_left(std::uint64_t connection) const {
    Socket* const socket = find(connection);
    return !socket || peek(*socket) == Ahead::end;
}

const std::string& Connections::address(std::uint64_t connection) const {
    static const std::string nowhere;
    const Socket* const socket = find(connection);
    return socket ? socket->address_ : nowhere;
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
    port_->add();
}

void Connections::remove(Socket& socket) {
    if (sockets_.erase(&socket) != 0) port_->remove();
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
    expects_body_ = has_begun_ = false;
    if (is_reading_) {
        send_last(*this, text_of(refusal_));
    } else if (is_waiting_ && has_part_) {
        send_last(*this, text_of(Refusal::late));
    }
    Base::shutdown(what, error);
}

void Socket::start_waiting() {
    is_waiting_ = true;
    if (std::exchange(has_begun_, false)) has_part_ = true;
    if (std::exchange(expects_body_, false)) {
        asio::error_code ignored;
        non_blocking(true, ignored);
        write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ignored);
    }
    if (connections_->is_stopping()) end();
}

void Socket::wait_for_end(const std::shared_ptr<Watch>& watch) {
    watch->is_waiting = true;
    watch->socket->async_wait(wait_read, [watch](const asio::error_code& error) {
        watch->is_waiting = false;
        if (error || !watch->socket || !watch->left) return;
        switch (peek(*watch->socket)) {
            case Ahead::bytes:
                return watch->socket->connections_->look_later(watch);
            case Ahead::nothing:
                return wait_for_end(watch);
            case Ahead::end:
                std::exchange(watch->left, nullptr)();
        }
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
