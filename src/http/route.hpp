#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>

namespace gateway::http {

/// Who sent a request. Valid during the call of the route's handler.
class Peer {
public:
    virtual ~Peer() = default;

    /// The value of the first header of this name, whatever its case.
    [[nodiscard]] virtual std::optional<std::string_view> header(std::string_view name) const = 0;

    /// The values of all headers of this name, with commas between them.
    [[nodiscard]] virtual std::string list(std::string_view name) const = 0;

    /// Its IP address.
    [[nodiscard]] virtual std::string address() const = 0;

    /// Calls `left` on the listener's executor, at most once, if the connection ends before the
    /// request has its reply. Behind further requests that were sent ahead it is noticed later, by
    /// about a second.
    virtual void watch(std::function<void()> left) = 0;
};

/// What a client asks for. The views are valid during the call of the route's handler.
struct Request {
    std::string_view method;         ///< "GET"; also for a HEAD, whose body is left out later.
    std::string_view path;           ///< "/health", as it was sent.
    std::string_view query;          ///< What follows the "?".
    std::string_view body;           ///< The whole of it, whether it came in chunks or not.
    asio::any_io_executor executor;  ///< The listener's: reply from there.
    Peer* peer = nullptr;
    bool is_head = false;        ///< It was a HEAD: nothing is to change.
    std::string_view segment{};  ///< What stands for the `*` of the route's path.
};

/// What a client gets.
struct Reply {
    unsigned status = 200;
    std::string content_type{};  ///< Empty: the reply has none, and no body.
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};  ///< Besides those of every reply.

    /// If it is there, it is told once, on the executor, whether the system took the reply whole.
    std::function<void(bool)> sent{};
};

/// Replies to a request: at most once, now or later, on the request's executor. A request without
/// a reply ends with its connection after the route's time; one whose Respond is gone, at once.
using Respond = std::function<void(Reply)>;

/// What is done for a method and a path. A GET serves HEAD too.
struct Route {
    std::string method;
    std::string path;  ///< The whole path, compared letter by letter; "*" is any one segment.
    std::function<void(const Request&, Respond)> handler;
    bool is_patient = false;  ///< It replies when it can, and not within `http.reply_timeout`.
};

/// The reply to a request that failed, in the form that all errors have:
/// `{"code":"not_found","message":"there is nothing at this path"}`. Neither text may need
/// escaping in JSON.
[[nodiscard]] Reply error_reply(unsigned status, std::string_view code, std::string_view message);

/// Replies to `request` by the row of `routes` that fits, or with 404 or 405.
void dispatch(const std::vector<Route>& routes, Request request, const Respond& respond);

}  // namespace gateway::http
