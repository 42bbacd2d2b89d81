#pragma once

#include <memory>
#include <vector>

#include <asio/io_context.hpp>

#include "http/options.hpp"
#include "http/port.hpp"
#include "http/route.hpp"

namespace gateway::http {

/// Serves HTTP/1.1 on one shard: keep-alive, HEAD, and the bounds of its options. What is no
/// request, or one beyond the bounds, is answered with 400 and ends its connection; a connection
/// beyond `max_connections` is answered with 503 and closed.
///
/// The shard's thread only, but for the constructor and the destructor. `context` must outlive it.
class Listener {
public:
    Listener(asio::io_context& context, std::shared_ptr<Port> port, const Options& options,
             std::vector<Route> routes);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// It must have been stopped, or never started, or its context must have ended. Replies may
    /// still be under way: what the routes refer to must outlive the context's last handler.
    ~Listener();

    /// Begins to accept. Throws std::system_error if it cannot.
    void start();

    /// Accepts no more, ends the connections that wait for a request, and the others once they
    /// have had their reply.
    void stop();

private:
    class Server;
    std::shared_ptr<Server> server_;
};

}  // namespace gateway::http
