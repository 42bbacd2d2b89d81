#include "base/excerpt.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace gateway;

TEST_CASE("an excerpt is the beginning, and a short text whole") {
    CHECK(excerpt("").empty());
    CHECK(excerpt(std::string(64, 'a')) == std::string(64, 'a'));
    CHECK(excerpt(std::string(65, 'a')) == std::string(64, 'a'));
}

TEST_CASE("an excerpt ends between two characters") {
    const std::string snowman = "\xe2\x98\x83";
    for (std::size_t before = 61; before <= 64; ++before) {
        const std::string text = std::string(before, 'a') + snowman + "b";
        CHECK(excerpt(text) == text.substr(0, before == 61 ? 64 : before));
    }
    CHECK(excerpt(std::string(100, '\x80')).empty());
}
