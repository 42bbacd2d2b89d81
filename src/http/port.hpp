#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "base/places.hpp"

namespace gateway::http {

/// The port that the listeners of all shards share, and what they share a bound on. The kernel
/// spreads connections over the listeners.
class Port {
public:
    /// Takes `port` at `address`, an IP address, or any free port for 0. Throws std::system_error
    /// if another process has it, even if that one would share it. `shared`, which must outlive it,
    /// counts its connections with those of other listeners.
    Port(const std::string& address, std::uint16_t port, Places* shared = nullptr);
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port();

    [[nodiscard]] std::uint16_t number() const { return endpoint_.port(); }

    /// One more socket that listens to it. Throws std::system_error.
    [[nodiscard]] asio::ip::tcp::acceptor listen(asio::io_context& context) const;

    /// The connections that the listeners have open together. Any thread.
    void add() { places_.add(); }
    void remove() { places_.remove(); }
    [[nodiscard]] std::size_t connections() const { return places_.taken; }

    /// Whether there is room for one more, where there may be so many, and in `shared`.
    [[nodiscard]] bool has_room(std::size_t most) const {
        return places_.taken < most && places_.has_room();
    }

private:
    asio::ip::tcp::endpoint endpoint_;
    Places places_;
    int holder_;  ///< Bound, but not listening: it keeps others from taking the port.
};

}  // namespace gateway::http
