#include "http/port.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>

#include <asio/ip/address.hpp>
#include <fmt/format.h>

namespace gateway::http {
namespace {

void set_option(int socket, int option) {
    const int on = 1;
    if (setsockopt(socket, SOL_SOCKET, option, &on, sizeof on) == -1) {
        throw std::system_error(errno, std::generic_category(), "http");
    }
}

}  // namespace

Port::Port(const std::string& address, std::uint16_t port, Places* shared)
    : endpoint_(asio::ip::make_address(address), port),
      places_{.limit = std::numeric_limits<std::size_t>::max(), .shared = shared},
      holder_(socket(endpoint_.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto fail = [&] {
        const int error = errno;
        if (holder_ != -1) close(holder_);
        throw std::system_error(error, std::generic_category(),
                                fmt::format("http: cannot listen on {} port {}", address, port));
    };
    if (holder_ == -1) fail();

    // Shared only once it is bound: a bind that shares would succeed beside another process of
    // the same user that does so too, and the two would take each other's connections.
    const int on = 1;
    auto size = static_cast<socklen_t>(endpoint_.capacity());
    if (setsockopt(holder_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        bind(holder_, endpoint_.data(), static_cast<socklen_t>(endpoint_.size())) == -1 ||
        setsockopt(holder_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == -1 ||
        getsockname(holder_, endpoint_.data(), &size) == -1) {
        fail();
    }
}

Port::~Port() { close(holder_); }

asio::ip::tcp::acceptor Port::listen(asio::io_context& context) const {
    asio::ip::tcp::acceptor acceptor(context, endpoint_.protocol());
    set_option(acceptor.native_handle(), SO_REUSEADDR);
    set_option(acceptor.native_handle(), SO_REUSEPORT);
    acceptor.bind(endpoint_);
    acceptor.listen();
    return acceptor;
}

}  // namespace gateway::http
