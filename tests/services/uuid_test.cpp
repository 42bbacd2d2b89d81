#include "services/uuid.hpp"

#include <unordered_set>

#include <doctest/doctest.h>

using namespace gateway::services;

namespace {

TEST_CASE("a random id is of version 4 and its variant, and no two are the same") {
    std::unordered_set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string text = to_string(random_uuid());
        REQUIRE(text.size() == 36);
        CHECK(text[14] == '4');
        CHECK(std::string("89ab").find(text[19]) != std::string::npos);
        seen.insert(text);
    }
    CHECK(seen.size() == 1000);
}

TEST_CASE("an id is read as it is written, in either case") {
    const Uuid id{.high = 0x67e5504410b1426f, .low = 0x9247bb680e5fe0c8};
    CHECK(to_string(id) == "67e55044-10b1-426f-9247-bb680e5fe0c8");
    CHECK(parse_uuid("67e55044-10b1-426f-9247-bb680e5fe0c8") == id);
    CHECK(parse_uuid("67E55044-10B1-426F-9247-BB680E5FE0C8") == id);
}

TEST_CASE("what is no id is not read as one") {
    CHECK_FALSE(parse_uuid(""));
    CHECK_FALSE(parse_uuid("67e55044-10b1-426f-9247-bb680e5fe0c"));
    CHECK_FALSE(parse_uuid("67e55044-10b1-426f-9247-bb680e5fe0c88"));
    CHECK_FALSE(parse_uuid("67e55044x10b1-426f-9247-bb680e5fe0c8"));
    CHECK_FALSE(parse_uuid("67e55044-10b1-426f-9247-bb680e5fe0cg"));
}

}  // namespace
