#include "engineio/origin.hpp"

#include <algorithm>
#include <string_view>

namespace gateway::engineio {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_same(std::string_view origin, std::string_view host) {
    const std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos && equals(origin.substr(scheme + 3), host);
}

}  // namespace

bool is_allowed(const HttpRequest& request, const std::vector<std::string>& origins) {
    if (request.origin.empty() || is_same(request.origin, request.host)) return true;
    return std::ranges::any_of(origins, [&](const std::string& origin) {
        return origin == "*" || equals(origin, request.origin);
    });
}

std::vector<HttpHeader> cors_headers(const HttpRequest& request) {
    return {{"Access-Control-Allow-Origin", request.origin},
            {"Access-Control-Allow-Credentials", "true"},
            {"Vary", "Origin"}};
}

HttpReply preflight_reply(const HttpRequest& request) {
    HttpReply reply{.status = 204,
                    .headers = {{"Access-Control-Allow-Methods", "GET, POST"},
                                {"Access-Control-Max-Age", "7200"}}};
    if (!request.asked_headers.empty()) {
        reply.headers.emplace_back("Access-Control-Allow-Headers", request.asked_headers);
    }
    return reply;
}

}  // namespace gateway::engineio
