#include "http/route.hpp"

#include <exception>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace gateway::http {
namespace {

/// Whether `path` is what `pattern` says; then what stands for its "*" is in `segment`.
bool fits(std::string_view pattern, std::string_view path, std::string_view& segment) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == path;
    const std::string_view end = pattern.substr(star + 1);
    if (path.size() <= star + end.size() || !path.starts_with(pattern.substr(0, star)) ||
        !path.ends_with(end)) {
        return false;
    }
    segment = path.substr(star, path.size() - star - end.size());
    return segment.find('/') == std::string_view::npos;
}

Reply method_not_allowed(const std::vector<Route>& routes, std::string_view path) {
    std::string allowed;
    std::string_view segment;
    for (const Route& route : routes) {
        if (!fits(route.path, path, segment)) continue;
        if (!allowed.empty()) allowed += ", ";
        allowed += route.method == "GET" ? "GET, HEAD" : route.method;
    }
    Reply reply = error_reply(405, "method_not_allowed", "this path has no such method");
    reply.headers.emplace_back("Allow", allowed);
    return reply;
}

}  // namespace

Reply error_reply(unsigned status, std::string_view code, std::string_view message) {
    return {.status = status,
            .content_type = "application/json",
            .body = fmt::format(R"({{"code":"{}","message":"{}"}})", code, message),
            .headers = {}};
}

void dispatch(const std::vector<Route>& routes, Request request, const Respond& respond) {
    request.is_head = request.method == "HEAD";
    if (request.is_head) request.method = "GET";

    bool is_path = false;
    for (const Route& route : routes) {
        if (!fits(route.path, request.path, request.segment)) continue;
        is_path = true;
        if (route.method != request.method) continue;
        try {
            route.handler(request, respond);
        } catch (const std::exception& error) {
            spdlog::error("http: {} {} failed: {}", route.method, route.path, error.what());
            respond(
                error_reply(500, "internal", "this is a fault of the server; its log says more"));
        }
        return;
    }
    if (is_path) {
        respond(method_not_allowed(routes, request.path));
    } else {
        respond(error_reply(404, "not_found", "there is nothing at this path"));
    }
}

}  // namespace gateway::http
