#include "websocket/resources.hpp"

#include <doctest/doctest.h>

using namespace gateway;
using gateway::websocket::Resources;

namespace {

class Bounded : public Resource {
public:
    explicit Bounded(std::size_t most) : most_(most) {}

    [[nodiscard]] std::size_t max_message_bytes() const override { return most_; }
    [[nodiscard]] std::vector<HttpHeader> headers(const HttpRequest&) const override { return {}; }
    [[nodiscard]] std::optional<HttpReply> refuses(const HttpRequest&) override { return {}; }
    [[nodiscard]] std::shared_ptr<Connection::Events> accept(Connection&,
                                                             const HttpRequest&) override {
        return nullptr;
    }
    [[nodiscard]] std::shared_ptr<Exchange::Events> requested(Exchange&, HttpRequest) override {
        return nullptr;
    }

private:
    std::size_t most_;
};

TEST_CASE("a resource is found at its path, with and without a slash and a query") {
    Bounded resource(1);
    Resources resources;
    REQUIRE(resources.add("/a/b", resource));

    CHECK(resources.find("/a/b") == &resource);
    CHECK(resources.find("/a/b/") == &resource);
    CHECK(resources.find("/a/b?c=/d") == &resource);
    CHECK(resources.find("/a") == nullptr);
    CHECK(resources.find("/a/b/c") == nullptr);
}

TEST_CASE("a path has one resource") {
    Bounded first(1);
    Bounded second(2);
    Resources resources;
    REQUIRE(resources.add("/a/", first));

    CHECK_FALSE(resources.add("/a", second));
    CHECK(resources.find("/a") == &first);
}

TEST_CASE("the largest message of all resources counts") {
    Bounded small(1);
    Bounded large(5);
    Resources resources;
    CHECK(resources.max_message_bytes() == 0);
    REQUIRE(resources.add("/a", large));
    REQUIRE(resources.add("/b", small));
    CHECK(resources.max_message_bytes() == 5);
}

}  // namespace
