#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>

#include "http/route.hpp"

namespace gateway::http {

/// What operators may ask about the whole server.
class Health {
public:
    /// Gets the text of a JSON object.
    using OnReport = std::function<void(std::string)>;

    virtual ~Health() = default;

    /// Describes brokers, shards, connections and consumers. Any thread may ask; `done` is called
    /// once, on `executor`.
    virtual void report(asio::any_io_executor executor, OnReport done) = 0;

    /// Why no client should be sent here now, in one line: the server is draining, or a broker
    /// does not answer. Nothing if the server is ready. Any thread may ask; never waits.
    [[nodiscard]] virtual std::optional<std::string> not_ready() const = 0;
};

/// `/health`, the report; `/healthz`, "ok" as long as the process runs; `/readyz`, "ready", or
/// with 503 why not. Pages of other origins may read them. `health` must outlive the routes.
[[nodiscard]] std::vector<Route> health_routes(Health& health);

}  // namespace gateway::http
