#pragma once

#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>

#include "gateway/exchange.hpp"
#include "websocket/server.hpp"

namespace gateway::websocket {

/// Makes `reply` what `connection` answers its request with.
inline void write(const HttpReply& reply, const std::vector<HttpHeader>& headers,
                  Server::connection_type& connection) {
    connection.set_status(static_cast<websocketpp::http::status_code::value>(reply.status));
    connection.replace_header("Connection", "close");
    for (const auto& [name, value] : headers) connection.replace_header(name, value);
    for (const auto& [name, value] : reply.headers) connection.replace_header(name, value);
    connection.set_body(reply.body);
}

/// One HTTP request of websocketpp's, as an Exchange. The connection ends with it.
///
/// Internal to websocket/. Belongs to its listener's thread; the endpoint says when it has ended.
class HttpExchange final : public Exchange, public std::enable_shared_from_this<HttpExchange> {
public:
    /// `headers` go with the reply, whatever it is.
    HttpExchange(Server::connection_ptr connection, std::vector<HttpHeader> headers)
        : connection_(std::move(connection)), headers_(std::move(headers)) {
        // It counts as answered from here on, so the reply may come within the request's handler.
        connection_->defer_http_response();
    }

    void open(std::shared_ptr<Exchange::Events> events) {
        events_ = std::move(events);
        if (!is_replied_) watch();
    }

    void reply(HttpReply reply) override {
        is_replied_ = true;
        write(reply, headers_, *connection_);
        websocketpp::lib::error_code ignored;
        connection_->send_http_response(ignored);
    }

    /// Called four times in each idle timeout: ends a client that does not take the reply.
    void check_idle() {
        if (is_replied_ && ++quiet_ >= quarters) terminate();
    }

    /// Ends it without a reply, or within.
    void terminate() {
        connection_->terminate(make_error_code(websocketpp::transport::error::operation_aborted));
    }

    void ended(bool is_written) {
        if (events_) std::exchange(events_, nullptr)->ended(is_written);
    }

private:
    static constexpr int quarters = 4;

    /// websocketpp reads nothing more of a request that waits for its reply, and so does not see
    /// that the client is gone.
    void watch() {
        connection_->get_raw_socket().async_wait(
            asio::ip::tcp::socket::wait_read, [weak = weak_from_this()](std::error_code error) {
                const auto self = weak.lock();
                if (!self || !self->events_ || self->is_replied_) return;
                const bool is_silent =
                    error || self->connection_->get_raw_socket().available(error) == 0;
                if (is_silent) self->terminate();
            });
    }

    Server::connection_ptr connection_;
    std::vector<HttpHeader> headers_;
    std::shared_ptr<Exchange::Events> events_;  ///< Null until it is opened and once it has ended.
    bool is_replied_ = false;
    int quiet_ = 0;  ///< Quarters of the idle timeout since the reply.
};

}  // namespace gateway::websocket
