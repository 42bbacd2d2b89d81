#include "load/client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace bench {

namespace {

constexpr std::size_t first_capacity = 16 << 10;
constexpr std::size_t largest_read = 1 << 20;
constexpr int reads_in_a_row = 4;
constexpr int patience_ms = 30000;

[[noreturn]] void fail(const char* doing) {
    throw std::system_error(errno, std::generic_category(), doing);
}

void wait_for(int descriptor, short events) {
    pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
    if (poll(&waiting, 1, patience_ms) <= 0) throw std::runtime_error("the server does not answer");
}

}  // namespace

Client::Client(const Address& server)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) fail("opening a socket");
    // A reset at the end instead of minutes in TIME_WAIT: runs with 10,000 connections follow each
    // other, and the ports must last.
    const linger reset{.l_onoff = 1, .l_linger = 0};
    const int on = 1;
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    try {
        handshake(server);
    } catch (...) {
        close(descriptor_);
        throw;
    }
    fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

Client::~Client() { close(descriptor_); }

std::size_t Client::write(std::string_view frames) {
    const auto sent = ::send(descriptor_, frames.data(), frames.size(), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EINTR) return 0;
    fail("sending");
}

void Client::send(std::string_view payload) {
    std::string frame;
    append_frame(frame, payload);
    write_all(frame);
}

void Client::read(const OnText& on_text) {
    for (int turn = 0; turn < reads_in_a_row && receive(); ++turn) take_frames(on_text);
}

std::string Client::ask(std::string_view request) {
    send(request);
    std::string reply = await("\"refid\"");
    if (reply.find("\"s\":0") == reply.npos) {
        throw std::runtime_error(fmt::format("{}\nwas answered {}", request, reply));
    }
    return reply;
}

std::string Client::await(std::string_view mark) {
    std::string found;
    while (found.empty()) {
        wait_for(descriptor_, POLLIN);
        read([&](std::string_view payload) {
            if (found.empty() && payload.find(mark) != payload.npos) found = payload;
        });
    }
    return found;
}

void Client::handshake(const Address& server) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("connecting");
    }
    write_all(
        fmt::format("GET {} HTTP/1.1\r\n"
                    "Host: 127.0.0.1:{}\r\n"
                    "Upgrade: websocket\r\n"
                    "Connection: Upgrade\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    "Sec-WebSocket-Version: 13\r\n\r\n",
                    server.path, server.port));
    while (true) {
        wait_for(descriptor_, POLLIN);
        if (!receive()) continue;
        const std::string_view answer(buffer_.get(), end_);
        const auto blank = answer.find("\r\n\r\n");
        if (blank == answer.npos) continue;
        if (!answer.starts_with("HTTP/1.1 101")) {
            throw std::runtime_error(fmt::format("no WebSocket: {}", answer.substr(0, 100)));
        }
        begin_ = blank + 4;
        return;
    }
}

bool Client::receive() {
    make_room();
    const auto room = std::min(capacity_ - end_, largest_read);
    const auto got = recv(descriptor_, buffer_.get() + end_, room, MSG_DONTWAIT);
    if (got > 0) {
        end_ += static_cast<std::size_t>(got);
        return true;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    throw std::runtime_error("the server has closed the connection");
}

void Client::take_frames(const OnText& on_text) {
    while (true) {
        const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
        const auto head = read_head(bytes);
        if (head.head_bytes == 0 || bytes.size() < head.head_bytes + head.payload_bytes) return;
        const auto payload = bytes.substr(head.head_bytes, head.payload_bytes);
        begin_ += head.head_bytes + head.payload_bytes;
        if (head.opcode == Opcode::text || head.opcode == Opcode::binary) {
            on_text(payload);
        } else if (head.opcode == Opcode::ping) {
            std::string pong;
            append_frame(pong, payload, Opcode::pong);
            write_all(pong);
        } else if (head.opcode == Opcode::close) {
            throw std::runtime_error(fmt::format(
                "the server closes: {}", payload.substr(std::min<std::size_t>(2, payload.size()))));
        }
    }
}

void Client::make_room() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (begin_ > 0 && end_ == capacity_) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ < capacity_) return;
    const auto larger = std::max(first_capacity, capacity_ * 4);
    auto buffer = std::make_unique_for_overwrite<char[]>(larger);
    if (end_ > 0) std::memcpy(buffer.get(), buffer_.get(), end_);
    buffer_ = std::move(buffer);
    capacity_ = larger;
}

void Client::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        bytes.remove_prefix(write(bytes));
        if (!bytes.empty()) wait_for(descriptor_, POLLOUT);
    }
}

}  // namespace bench
