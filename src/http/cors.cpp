#include "http/cors.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/origin.hpp"

namespace gateway::http {
namespace {

using Origins = std::shared_ptr<const std::vector<std::string>>;

std::string_view header_of(const Request& request, std::string_view name) {
    return request.peer->header(name).value_or("");
}

bool is_allowed(const Request& request, const std::vector<std::string>& origins) {
    const std::string_view origin = header_of(request, "Origin");
    if (!origin.empty()) return is_allowed_origin(origin, header_of(request, "Host"), origins);
    const std::string_view site = header_of(request, "Sec-Fetch-Site");
    return (site != "cross-site" && site != "same-site") ||
           std::ranges::find(origins, "*") != origins.end();
}

/// Headers by which a browser lets the page read the reply; none where no page asked.
std::vector<std::pair<std::string, std::string>> headers_for(const Request& request) {
    const std::string_view origin = header_of(request, "Origin");
    if (origin.empty()) return {{"Vary", "Origin"}};
    return {{"Access-Control-Allow-Origin", std::string(origin)},
            {"Access-Control-Expose-Headers", "Location, Preference-Applied, Retry-After"},
            {"Vary", "Origin"}};
}

Route guarded(Route route, const Origins& origins) {
    route.handler = [handler = std::move(route.handler), origins](const Request& request,
                                                                  Respond respond) {
        if (!is_allowed(request, *origins)) {
            return respond(error_reply(403, "origin_not_allowed",
                                       "pages of this origin may not call: see http.origins"));
        }
        handler(request, [respond = std::move(respond),
                          headers = headers_for(request)](Reply reply) mutable {
            std::ranges::move(headers, std::back_inserter(reply.headers));
            respond(std::move(reply));
        });
    };
    return route;
}

Route preflight(const std::string& path, std::string methods) {
    return {.method = "OPTIONS",
            .path = path,
            .handler = [methods = std::move(methods)](const Request&, const Respond& respond) {
                respond({.status = 204,
                         .headers = {{"Allow", methods},
                                     {"Access-Control-Allow-Methods", methods},
                                     {"Access-Control-Allow-Headers",
                                      "Content-Type, Idempotency-Key, Prefer"},
                                     {"Access-Control-Max-Age", "7200"}}});
            }};
}

}  // namespace

std::vector<Route> for_origins(std::vector<Route> routes, const std::vector<std::string>& origins) {
    std::vector<std::pair<std::string, std::string>> methods;
    for (const Route& route : routes) {
        auto path = std::ranges::find(methods, route.path, &decltype(methods)::value_type::first);
        if (path == methods.end()) path = methods.insert(path, {route.path, "OPTIONS"});
        path->second += ", " + (route.method == "GET" ? "GET, HEAD" : route.method);
    }
    for (const auto& [path, allowed] : methods) routes.push_back(preflight(path, allowed));

    const auto shared = std::make_shared<const std::vector<std::string>>(origins);
    for (Route& route : routes) route = guarded(std::move(route), shared);
    return routes;
}

}  // namespace gateway::http
