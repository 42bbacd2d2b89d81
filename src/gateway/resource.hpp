#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "gateway/connection.hpp"
#include "gateway/exchange.hpp"

namespace gateway {

/// What is served at a path of the WebSocket port, over WebSockets and over plain HTTP.
///
/// It lives on its listener's thread. A request is given with its method, target and headers, and
/// to `requested` alone with its body.
class Resource {
public:
    virtual ~Resource() = default;

    /// Bytes of a WebSocket message of a client, or of a request's body; more is refused.
    [[nodiscard]] virtual std::size_t max_message_bytes() const = 0;

    /// Headers that go with the reply to this request, whatever it is.
    [[nodiscard]] virtual std::vector<HttpHeader> headers(const HttpRequest& request) const = 0;

    /// Whether it says itself which pages may connect, and not its listener.
    [[nodiscard]] virtual bool judges_origins() const { return false; }

    /// Why a WebSocket is refused that this request asks for, if it is.
    [[nodiscard]] virtual std::optional<HttpReply> refuses(const HttpRequest& request) = 0;

    /// A WebSocket that was not refused is open; `connection` lives until its `closed`.
    [[nodiscard]] virtual std::shared_ptr<Connection::Events> accept(
        Connection& connection, const HttpRequest& request) = 0;

    /// A request for anything but a WebSocket; the reply may be given at once.
    [[nodiscard]] virtual std::shared_ptr<Exchange::Events> requested(Exchange& exchange,
                                                                      HttpRequest request) = 0;
};

}  // namespace gateway
