#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <asio/io_context.hpp>

#include "base/places.hpp"
#include "gateway/connection.hpp"
#include "gateway/resource.hpp"
#include "websocket/options.hpp"

namespace gateway::websocket {

/// Makes a frame for the connections of any listener.
[[nodiscard]] std::shared_ptr<const SharedFrame> make_shared_frame(std::string text);

/// Accepts WebSocket connections (RFC 6455, version 13) on one thread, and watches that they live.
/// At further paths it serves resources, over HTTP too: one request a connection.
///
/// Several listeners, one a thread, may share an address: the kernel spreads connections over
/// them. Everything happens on the thread that runs the io_context; nothing throws once it runs.
class Listener {
public:
    /// Everything passed by reference must outlive it. `accept` is called for each connection
    /// once its handshake is done.
    Listener(asio::io_context& io, const Options& options, Places& places,
             Connection::Accept accept);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Serves `resource`, which must outlive it, at this path, with and without a / at its end. To
    /// be called before it starts. Throws std::invalid_argument if something is served there.
    void serve(const std::string& path, Resource& resource);

    /// The first listener of an address: listens on `options.address` and `options.port`, and
    /// returns the port. Throws std::runtime_error if it cannot be had, also if another process
    /// has it.
    [[nodiscard]] std::uint16_t start();

    /// A further listener on the port that the first one got. Throws std::runtime_error.
    void share(std::uint16_t port);

    /// Accepts no more; what is open stays open.
    void stop_accepting();

    /// Ends every connection at once and all that keeps the io_context busy.
    void stop();

private:
    class Endpoint;
    std::unique_ptr<Endpoint> endpoint_;
};

}  // namespace gateway::websocket
