#include "engineio/random_id.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using gateway::engineio::random_id;

namespace {

TEST_CASE("an id may stand in a URL, and is never the same") {
    std::set<std::string> seen;
    std::set<char> letters;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = random_id();
        CHECK(id.size() == 20);
        CHECK(seen.insert(id).second);
        letters.insert(id.begin(), id.end());
    }
    const std::string_view alphabet =
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    CHECK(std::string(letters.begin(), letters.end()) == alphabet);
}

}  // namespace
