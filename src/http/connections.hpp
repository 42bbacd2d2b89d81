#pragma once

#include <memory>
#include <unordered_set>
#include <utility>

#include <asio/ip/tcp.hpp>

#include "http/port.hpp"

namespace gateway::http {

class Socket;

/// The open sockets of one listener, so that they can be ended. On its thread only.
class Connections {
public:
    explicit Connections(std::shared_ptr<Port> port) : port_(std::move(port)) {}

    /// Ends those that wait for a request at once, the others when they have had their reply.
    void stop();
    [[nodiscard]] bool is_stopping() const { return is_stopping_; }

private:
    friend class Socket;
    void add(Socket& socket);
    void remove(Socket& socket);

    std::shared_ptr<Port> port_;
    std::unordered_set<Socket*> sockets_;
    bool is_stopping_ = false;
};

/// What is wrong with a request that RESTinio will not read to its end.
enum class Refusal { no_request, long_target, large_header, large_body };

/// The stream under one of RESTinio's connections. It does what RESTinio leaves out: it ends when
/// its listener stops, and it answers a request that cannot be read before it is closed.
class Socket : public asio::ip::tcp::socket {
public:
    using Base = asio::ip::tcp::socket;

    Socket(Base socket, std::shared_ptr<Connections> connections);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&&) = delete;
    ~Socket();

    /// As the base's. It must not be moved before `handler` is called.
    template <typename Buffers, typename Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        start_waiting();
        Base::async_read_some(
            buffers, [this, handler = std::forward<Handler>(handler)](const asio::error_code& error,
                                                                      std::size_t size) mutable {
                is_waiting_ = false;
                is_reading_ = !error;
                refusal_ = Refusal::no_request;
                handler(error, size);
                is_reading_ = false;
            });
    }

    /// As the base's. RESTinio calls it when it closes a connection; if it does so while it reads
    /// what has just arrived, then because that was no request, or one beyond our limits.
    void shutdown(shutdown_type what, asio::error_code& error);

    /// Why the socket that this thread is reading from will be shut: who finds out, RESTinio's
    /// parser, knows no socket.
    static void refuse(Refusal refusal) { refusal_ = refusal; }

private:
    friend class Connections;
    void start_waiting();
    void end();

    std::shared_ptr<Connections> connections_;
    bool is_waiting_ = false;  ///< For bytes of a request.
    bool is_reading_ = false;  ///< What has arrived.
    static thread_local Refusal refusal_;
};

/// Sends `text`, as far as it goes without waiting, and lets the peer know that nothing follows.
void send_last(asio::ip::tcp::socket& socket, std::string_view text);

}  // namespace gateway::http
