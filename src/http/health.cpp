#include "http/health.hpp"

#include <utility>

namespace gateway::http {
namespace {

Reply reply_with(unsigned status, std::string content_type, std::string body) {
    return {.status = status,
            .content_type = std::move(content_type),
            .body = std::move(body),
            .headers = {{"Access-Control-Allow-Origin", "*"}, {"Cache-Control", "no-store"}}};
}

Reply plain(unsigned status, std::string line) {
    return reply_with(status, "text/plain; charset=utf-8", std::move(line += '\n'));
}

}  // namespace

std::vector<Route> health_routes(Health& health) {
    const auto report = [&health](const Request& request, Respond respond) {
        health.report(request.executor, [respond = std::move(respond)](std::string json) {
            respond(reply_with(200, "application/json", std::move(json)));
        });
    };
    const auto alive = [](const Request&, const Respond& respond) { respond(plain(200, "ok")); };
    const auto ready = [&health](const Request&, const Respond& respond) {
        const auto reason = health.not_ready();
        respond(reason ? plain(503, "not ready: " + *reason) : plain(200, "ready"));
    };
    return {
        {.method = "GET", .path = "/health", .handler = report},
        {.method = "GET", .path = "/healthz", .handler = alive},
        {.method = "GET", .path = "/readyz", .handler = ready},
    };
}

}  // namespace gateway::http
