#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>

namespace gateway::http {

/// What a client asks for. The views are valid during the call of the route's handler.
struct Request {
    std::string_view method;         ///< "GET"; also for a HEAD, whose body is left out later.
    std::string_view path;           ///< "/health", as it was sent.
    std::string_view query;          ///< What follows the "?".
    std::string_view body;           ///< The whole of it, whether it came in chunks or not.
    asio::any_io_executor executor;  ///< The listener's: reply from there.
};

/// What a client gets.
struct Reply {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;  ///< Besides those of every reply.
};

/// Replies to a request: at most once, now or later, on the request's executor. A request without
/// a reply ends with its connection after `http.reply_timeout`.
using Respond = std::function<void(Reply)>;

/// What is done for a method and a path. A GET serves HEAD too.
struct Route {
    std::string method;
    std::string path;  ///< The whole path, compared letter by letter.
    std::function<void(const Request&, Respond)> handler;
};

/// The reply to a request that failed, in the form that all errors have:
/// `{"code":"not_found","message":"there is nothing at this path"}`. Neither text may need
/// escaping in JSON.
[[nodiscard]] Reply error_reply(unsigned status, std::string_view code, std::string_view message);

/// Replies to `request` by the row of `routes` that fits, or with 404 or 405.
void dispatch(const std::vector<Route>& routes, Request request, Respond respond);

}  // namespace gateway::http
