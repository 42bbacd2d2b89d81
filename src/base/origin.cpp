#include "base/origin.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace gateway {
namespace {

bool is_same(std::string_view origin, std::string_view host) {
    const std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos &&
           equals_ignoring_case(origin.substr(scheme + 3), host);
}

}  // namespace

bool is_allowed_origin(std::string_view origin, std::string_view host,
                       const std::vector<std::string>& origins) {
    if (origin.empty() || is_same(origin, host)) return true;
    return std::ranges::any_of(origins, [&](const std::string& allowed) {
        return allowed == "*" || equals_ignoring_case(allowed, origin);
    });
}

}  // namespace gateway
