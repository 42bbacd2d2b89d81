#include "http/route.hpp"

#include <optional>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace gateway::http;

namespace {

Reply reply_to(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
    std::optional<Reply> reply;
    dispatch(routes, {.method = method, .path = path, .query = "", .body = "", .executor = {}},
             [&](Reply given) { reply = std::move(given); });
    REQUIRE(reply);
    return *reply;
}

Route route(std::string method, std::string path, unsigned status) {
    return {.method = std::move(method),
            .path = std::move(path),
            .handler = [status](const Request&, const Respond& respond) {
                respond({.status = status, .content_type = "", .body = "", .headers = {}});
            }};
}

TEST_CASE("a request is for the route of its method and path") {
    const std::vector<Route> routes{route("GET", "/a", 200), route("POST", "/a", 201),
                                    route("GET", "/b", 202)};
    CHECK(reply_to(routes, "GET", "/a").status == 200);
    CHECK(reply_to(routes, "POST", "/a").status == 201);
    CHECK(reply_to(routes, "GET", "/b").status == 202);
    CHECK(reply_to(routes, "HEAD", "/b").status == 202);
}

TEST_CASE("a star in a path is one segment, which the handler is told") {
    std::string segment;
    std::vector<Route> routes;
    for (const auto* const path : {"/a/*", "/a/*/b"}) {
        routes.push_back(
            {.method = "GET",
             .path = path,
             .handler = [&segment, path](const Request& request, const Respond& respond) {
                 segment = std::string(path) + " " + std::string(request.segment);
                 respond({.status = 200});
             }});
    }
    CHECK(reply_to(routes, "GET", "/a/x").status == 200);
    CHECK(segment == "/a/* x");
    CHECK(reply_to(routes, "GET", "/a/xy/b").status == 200);
    CHECK(segment == "/a/*/b xy");
    for (const auto* const path :
         {"/a/", "/a", "/a//b", "/a/x/c", "/a/x/y/b", "/a/b/", "/a/x/b/"}) {
        CAPTURE(path);
        CHECK(reply_to(routes, "GET", path).status == 404);
    }
}

TEST_CASE("an unknown path is not found, and says so in JSON") {
    const Reply reply = reply_to({route("GET", "/a", 200)}, "GET", "/a/");
    CHECK(reply.status == 404);
    CHECK(reply.content_type == "application/json");
    CHECK(reply.body == R"({"code":"not_found","message":"there is nothing at this path"})");
}

TEST_CASE("a method that a path does not have is answered with those it has") {
    const std::vector<Route> routes{route("GET", "/a", 200), route("POST", "/a", 201)};
    const Reply reply = reply_to(routes, "DELETE", "/a");
    CHECK(reply.status == 405);
    CHECK(reply.headers ==
          std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD, POST"}});
    CHECK(reply_to({route("POST", "/a", 201)}, "HEAD", "/a").status == 405);
}

TEST_CASE("a handler that fails is a fault of the server") {
    const std::vector<Route> routes{
        {.method = "GET", .path = "/", .handler = [](const Request&, const Respond&) {
             throw std::runtime_error("broken");
         }}};
    const Reply reply = reply_to(routes, "GET", "/");
    CHECK(reply.status == 500);
    CHECK(reply.body.find("broken") == std::string::npos);
}

}  // namespace
