#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gateway {

using HttpHeader = std::pair<std::string, std::string>;

/// What a client asks by HTTP on the port of the WebSockets. A header that it left out is empty.
struct HttpRequest {
    std::string method;
    std::string target;  ///< The path and the query.
    std::string host;
    std::string origin;
    std::string content_type;
    std::string asked_headers;  ///< Access-Control-Request-Headers.
    std::string body;
    std::string user{};  ///< Who asks, as Session::user.
};

struct HttpReply {
    int status = 200;
    std::vector<HttpHeader> headers{};
    std::string body{};
};

/// One HTTP request and the reply to it, which may come any time later.
///
/// It lives on one thread, as a Connection does, until its `ended`.
class Exchange {
public:
    /// What an exchange tells the one who answers it.
    class Events {
    public:
        virtual ~Events() = default;

        /// The reply has left for the network; or, before all of it had, the client has gone. The
        /// exchange must not be called any more. Called once, and never from within `reply`.
        virtual void ended(bool is_written) = 0;
    };

    /// To be called at most once.
    virtual void reply(HttpReply reply) = 0;

protected:
    ~Exchange() = default;
};

}  // namespace gateway
