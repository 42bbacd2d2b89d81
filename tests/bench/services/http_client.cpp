#include "services/http_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace bench {
namespace {

std::size_t number_at(std::string_view text, std::size_t at) {
    std::size_t number = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), number);
    return number;
}

/// What `head` says of the body that follows it.
std::size_t length_of(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const std::size_t at = head.find(name);
    return at == std::string_view::npos ? 0 : number_at(head, at + name.size());
}

}  // namespace

HttpClient::HttpClient(std::uint16_t port) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    if (descriptor_ < 0 ||
        connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        fcntl(descriptor_, F_SETFL, O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "connect");
    }
}

HttpClient::~HttpClient() { close(descriptor_); }

void HttpClient::send(std::string_view requests) const {
    const auto sent = ::send(descriptor_, requests.data(), requests.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(requests.size())) {
        throw std::runtime_error("the server takes no request");
    }
}

void HttpClient::read(const OnReply& on_reply) {
    std::array<char, 65536> buffer;
    const auto size = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) throw std::runtime_error("the server closed a connection");
    received_.append(buffer.data(), static_cast<std::size_t>(size));

    std::size_t begin = 0;
    for (;;) {
        const std::string_view rest = std::string_view(received_).substr(begin);
        const std::size_t end = rest.find("\r\n\r\n");
        if (end == std::string_view::npos) break;
        const std::size_t length = length_of(rest.substr(0, end));
        if (rest.size() < end + 4 + length) break;
        const auto status = static_cast<unsigned>(number_at(rest, 9));
        if (status != 200 && status != 204) {
            throw std::runtime_error(fmt::format("the server said {}", rest));
        }
        on_reply(status, rest.substr(end + 4, length));
        begin += end + 4 + length;
    }
    received_.erase(0, begin);
}

std::string post(std::string_view path, std::string_view body) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        path, body.size(), body);
}

std::string get(std::string_view path) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
}

}  // namespace bench
