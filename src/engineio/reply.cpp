#include "engineio/reply.hpp"

#include <utility>

#include <fmt/format.h>

namespace gateway::engineio {
namespace {

HttpReply write(int status, int code, const char* message) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = fmt::format(R"({{"code":{},"message":"{}"}})", code, message)};
}

}  // namespace

HttpReply reply_of(Refusal refusal) {
    const int code = static_cast<int>(refusal);
    switch (refusal) {
        case Refusal::unknown_transport:
            return write(400, code, "Transport unknown");
        case Refusal::unknown_session:
            return write(400, code, "Session ID unknown");
        case Refusal::bad_method:
            return write(400, code, "Bad handshake method");
        case Refusal::bad_request:
            return write(400, code, "Bad request");
        case Refusal::forbidden:
            return write(403, code, "Origin not allowed");
        case Refusal::unknown_revision:
            return write(400, code, "Unsupported protocol version");
        case Refusal::overloaded:
            return write(503, code, "Too many sessions");
    }
    return write(500, code, "");
}

HttpReply reply_with(Payload payload) {
    const char* type = payload.is_binary ? "application/octet-stream" : "text/plain; charset=UTF-8";
    return {.headers = {{"Content-Type", type}}, .body = std::move(payload.body)};
}

// As text/plain some browsers would offer it for download.
HttpReply reply_ok() { return {.headers = {{"Content-Type", "text/html"}}, .body = "ok"}; }

}  // namespace gateway::engineio
