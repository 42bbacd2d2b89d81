#include "websocket/resources.hpp"

#include <algorithm>
#include <utility>

namespace gateway::websocket {

namespace {

std::string with_slash(std::string path) {
    if (!path.ends_with('/')) path += '/';
    return path;
}

}  // namespace

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool Resources::add(std::string path, Resource& resource) {
    return by_path_.emplace(with_slash(std::move(path)), &resource).second;
}

Resource* Resources::find(std::string_view target) const {
    const auto found = by_path_.find(with_slash(std::string(path_of(target))));
    return found == by_path_.end() ? nullptr : found->second;
}

std::size_t Resources::max_message_bytes() const {
    std::size_t most = 0;
    for (const auto& [path, resource] : by_path_) {
        most = std::max(most, resource->max_message_bytes());
    }
    return most;
}

}  // namespace gateway::websocket
