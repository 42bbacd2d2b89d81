#include "http/route.hpp"

#include <exception>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace gateway::http {
namespace {

Reply method_not_allowed(const std::vector<Route>& routes, std::string_view path) {
    std::string allowed;
    for (const Route& route : routes) {
        if (route.path != path) continue;
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

void dispatch(const std::vector<Route>& routes, Request request, Respond respond) {
    if (request.method == "HEAD") request.method = "GET";

    bool is_path = false;
    for (const Route& route : routes) {
        if (route.path != request.path) continue;
        is_path = true;
        if (route.method != request.method) continue;
        try {
            return route.handler(request, respond);
        } catch (const std::exception& error) {
            spdlog::error("http: {} {} failed: {}", route.method, route.path, error.what());
            return respond(
                error_reply(500, "internal", "this is a fault of the server; its log says more"));
        }
    }
    if (is_path) return respond(method_not_allowed(routes, request.path));
    respond(error_reply(404, "not_found", "there is nothing at this path"));
}

}  // namespace gateway::http
