#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

namespace gateway::http {

/// The port that the listeners of all shards share, and what they share a bound on. The kernel
/// spreads connections over the listeners.
class Port {
public:
    /// Takes `port` at `address`, an IP address, or any free port for 0. Throws std::system_error
    /// if another process has it, even if that one would share it.
    Port(const std::string& address, std::uint16_t port);
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port();

    [[nodiscard]] std::uint16_t number() const { return endpoint_.port(); }

    /// One more socket that listens to it. Throws std::system_error.
    [[nodiscard]] asio::ip::tcp::acceptor listen(asio::io_context& context) const;

    /// Connections that the listeners have open together. Any thread.
    std::atomic<std::size_t> connections = 0;

private:
    asio::ip::tcp::endpoint endpoint_;
    int holder_;  ///< Bound, but not listening: it keeps others from taking the port.
};

}  // namespace gateway::http
