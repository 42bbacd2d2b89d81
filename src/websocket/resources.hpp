#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "gateway/resource.hpp"

namespace gateway::websocket {

/// A request's path: its target without the query.
[[nodiscard]] std::string_view path_of(std::string_view target);

/// What a listener serves beside WebSocket connections, by path; with and without a / at its end.
class Resources {
public:
    /// Whether the path was free. `resource` must outlive it.
    [[nodiscard]] bool add(std::string path, Resource& resource);

    /// Null if nothing is served there.
    [[nodiscard]] Resource* find(std::string_view target) const;

    /// Of the one that takes the largest; 0 if there is none.
    [[nodiscard]] std::size_t max_message_bytes() const;

private:
    std::map<std::string, Resource*, std::less<>> by_path_;
};

}  // namespace gateway::websocket
