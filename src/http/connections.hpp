#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "http/port.hpp"

namespace gateway::http {

class Socket;

/// Of what waits for a socket's other end, which may come when the socket is gone.
struct Watch {
    Socket* socket;
    std::function<void()> left{};
    bool is_watched = false;  ///< It is among those that will be looked after.
    bool is_waiting = false;  ///< It is looked after.
};

/// The open sockets of one listener, so that they can be ended. On its thread only.
class Connections : public std::enable_shared_from_this<Connections> {
public:
    Connections(asio::io_context& context, std::shared_ptr<Port> port)
        : port_(std::move(port)), look_(context), look_again_(context) {}

    /// Ends those that wait for a request at once, the others when they have had their reply.
    void stop();
    [[nodiscard]] bool is_stopping() const { return is_stopping_; }

    /// The socket that was opened last is `connection`'s, whose client is at `address`.
    void name(std::uint64_t connection, std::string address);

    /// Calls `left` once if the client of `connection` closes it before `settle`. It is looked
    /// after only once some time has passed: most requests have their reply before.
    void watch(std::uint64_t connection, std::function<void()> left);

    /// The request, which may have been watched, gets its reply.
    void settle(std::uint64_t connection);

    /// Whether the client of `connection` is known to have closed it by now.
    [[nodiscard]] bool has_left(std::uint64_t connection) const;

    /// The address of the client of `connection`, as text.
    [[nodiscard]] const std::string& address(std::uint64_t connection) const;

    /// Ends `connection`, if it is still open.
    void end(std::uint64_t connection);

private:
    friend class Socket;
    [[nodiscard]] Socket* find(std::uint64_t connection) const;
    void add(Socket& socket);
    void remove(Socket& socket);
    void look_soon();
    static void look_at(const std::vector<std::shared_ptr<Watch>>& watches);
    void look_later(std::shared_ptr<Watch> watch);

    std::shared_ptr<Port> port_;
    asio::steady_timer look_;
    asio::steady_timer look_again_;
    bool is_looking_soon_ = false;
    std::vector<std::shared_ptr<Watch>> watched_;  ///< Not looked after yet.
    std::vector<std::shared_ptr<Watch>> ahead_;    ///< Whose clients have sent something ahead.
    std::unordered_set<Socket*> sockets_;
    std::unordered_map<std::uint64_t, Socket*> by_name_;
    Socket* newest_ = nullptr;
    bool is_stopping_ = false;
};

/// Why a request is not read to its end, or not at all.
enum class Refusal { no_request, no_host, long_target, large_header, large_body, late, no_place };

/// The whole reply, after which the connection ends.
[[nodiscard]] std::string text_of(Refusal refusal);

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
                has_part_ = is_waiting_;
            });
    }

    /// As the base's. RESTinio calls it when it closes a connection; if it does so while it reads
    /// what has just arrived, then because that was no request, or one beyond our limits; if it
    /// waits for the rest of a request, then because that took too long.
    void shutdown(shutdown_type what, asio::error_code& error);

    /// The client whose request this thread is reading waits for a word before it sends the body
    /// (RFC 9110, 10.1.1): it gets it if more of the request is to be read. Or it does not wait.
    static void expect_body(bool expects) { expects_body_ = expects; }

    /// A request has begun whose rest this thread has yet to read; or it is whole.
    static void begin_request(bool has_begun) { has_begun_ = has_begun; }

    /// Why the socket that this thread is reading from will be shut: who finds out, RESTinio's
    /// parser, knows no socket.
    static void refuse(Refusal refusal) { refusal_ = refusal; }

private:
    friend class Connections;
    void start_waiting();
    void end();
    static void wait_for_end(const std::shared_ptr<Watch>& watch);

    std::shared_ptr<Connections> connections_;
    std::shared_ptr<Watch> watch_;
    std::uint64_t name_ = 0;
    std::string address_;      ///< Of its client.
    bool is_waiting_ = false;  ///< For bytes of a request.
    bool is_reading_ = false;  ///< What has arrived.
    bool has_part_ = false;    ///< Of a request, whose rest it waits for.
    static thread_local Refusal refusal_;
    static thread_local bool expects_body_;
    static thread_local bool has_begun_;
};

/// Sends `text`, as far as it goes without waiting, and lets the peer know that nothing follows.
void send_last(asio::ip::tcp::socket& socket, std::string_view text);

}  // namespace gateway::http
