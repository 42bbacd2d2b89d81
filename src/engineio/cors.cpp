#include "engineio/cors.hpp"

namespace gateway::engineio {

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
