#include "http/cors.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/system_executor.hpp>
#include <doctest/doctest.h>

using namespace gateway::http;

namespace {

class Page final : public Peer {
public:
    explicit Page(std::map<std::string, std::string, std::less<>> headers)
        : headers_(std::move(headers)) {}

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const override {
        const auto found = headers_.find(name);
        if (found == headers_.end()) return std::nullopt;
        return found->second;
    }
    [[nodiscard]] std::string list(std::string_view name) const override {
        return std::string(header(name).value_or(""));
    }
    [[nodiscard]] std::string address() const override { return "127.0.0.1"; }
    void watch(std::function<void()> /*left*/) override {}

private:
    std::map<std::string, std::string, std::less<>> headers_;
};

/// A job that anyone may take who is let in.
struct Server {
    explicit Server(const std::vector<std::string>& origins)
        : routes(for_origins(
              {{.method = "GET",
                .path = "/jobs/*",
                .handler =
                    [this](const Request&, const Respond& respond) {
                        ++taken;
                        respond({.status = 200, .headers = {{"Location", "/"}}});
                    }},
               {.method = "DELETE",
                .path = "/jobs/*",
                .handler = [](const Request&, const Respond& respond) { respond({}); }}},
              origins)) {}

    Reply ask(std::string_view method, std::map<std::string, std::string, std::less<>> headers) {
        Page page(std::move(headers));
        Reply got;
        dispatch(routes,
                 {.method = method,
                  .path = "/jobs/1",
                  .query = {},
                  .body = {},
                  .executor = asio::system_executor(),
                  .peer = &page},
                 [&](Reply reply) { got = std::move(reply); });
        return got;
    }

    int taken = 0;
    std::vector<Route> routes;
};

std::string value_of(const Reply& reply, std::string_view name) {
    std::string value;
    for (const auto& [each, text] : reply.headers) {
        if (each == name) value += text;
    }
    return value;
}

TEST_CASE("clients that are no pages, and pages of the own host, are let in") {
    Server server({});
    CHECK(server.ask("GET", {}).status == 200);
    CHECK(server.ask("GET", {{"Host", "a:80"}, {"Origin", "http://a:80"}}).status == 200);
    CHECK(server.ask("GET", {{"Sec-Fetch-Site", "none"}}).status == 200);
    CHECK(server.ask("GET", {{"Sec-Fetch-Site", "same-origin"}}).status == 200);
    CHECK(server.taken == 4);
}

TEST_CASE("a page of another origin does nothing, with or without Origin") {
    Server server({"https://example.com"});
    for (const auto* origin : {"https://evil.com", "http://example.com", "null"}) {
        CAPTURE(origin);
        const Reply reply = server.ask("GET", {{"Host", "a:80"}, {"Origin", origin}});
        CHECK(reply.status == 403);
        CHECK(reply.body.find("origin_not_allowed") != std::string::npos);
        CHECK(value_of(reply, "Access-Control-Allow-Origin").empty());
        CHECK(server.ask("OPTIONS", {{"Host", "a:80"}, {"Origin", origin}}).status == 403);
    }
    CHECK(server.ask("GET", {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
    CHECK(server.ask("GET", {{"Sec-Fetch-Site", "same-site"}}).status == 403);
    CHECK(server.taken == 0);
}

TEST_CASE("a page of an origin that is named may read the reply") {
    Server server({"https://example.com"});
    const Reply reply = server.ask("GET", {{"Host", "a:80"}, {"Origin", "https://example.com"}});
    CHECK(reply.status == 200);
    CHECK(value_of(reply, "Access-Control-Allow-Origin") == "https://example.com");
    CHECK(value_of(reply, "Vary") == "Origin");
    CHECK(value_of(reply, "Access-Control-Expose-Headers").find("Location") != std::string::npos);
    CHECK(value_of(reply, "Location") == "/");
}

TEST_CASE("where all may, all may") {
    Server server({"*"});
    const Reply reply = server.ask("GET", {{"Host", "a:80"}, {"Origin", "https://evil.com"}});
    CHECK(value_of(reply, "Access-Control-Allow-Origin") == "https://evil.com");
    CHECK(server.ask("GET", {{"Sec-Fetch-Site", "cross-site"}}).status == 200);
}

TEST_CASE("a browser that asks first is told what there is") {
    Server server({"https://example.com"});
    const Reply reply = server.ask("OPTIONS", {{"Host", "a:80"},
                                               {"Origin", "https://example.com"},
                                               {"Access-Control-Request-Method", "DELETE"}});
    CHECK(reply.status == 204);
    CHECK(value_of(reply, "Access-Control-Allow-Methods") == "OPTIONS, GET, HEAD, DELETE");
    CHECK(value_of(reply, "Access-Control-Allow-Headers") ==
          "Content-Type, Idempotency-Key, Prefer");
    CHECK(value_of(reply, "Access-Control-Allow-Origin") == "https://example.com");
    CHECK(server.taken == 0);
}

}  // namespace
