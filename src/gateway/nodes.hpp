#pragma once

#include <functional>
#include <string>

#include <asio/any_io_executor.hpp>

namespace gateway {

/// The servers that serve the same clients, as far as this one knows. Any thread may ask.
class Nodes {
public:
    virtual ~Nodes() = default;

    /// Calls `done` on `executor` with a JSON array: `node`/`list`'s reply.
    virtual void list(asio::any_io_executor executor,
                      std::function<void(const std::string&)> done) = 0;
};

}  // namespace gateway
