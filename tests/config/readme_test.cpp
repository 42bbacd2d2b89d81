#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>

#include "config/print.hpp"

namespace {

TEST_CASE("the settings in README.md are those that --print-config=markdown prints") {
    std::ifstream file(README);
    const std::string readme(std::istreambuf_iterator<char>(file), {});

    const std::string begin = "<!-- settings -->\n";
    const auto from = readme.find(begin);
    const auto to = readme.find("<!-- /settings -->");
    REQUIRE(from != std::string::npos);
    REQUIRE(to != std::string::npos);
    CHECK(readme.substr(from + begin.size(), to - from - begin.size()) ==
          gateway::config::write_markdown());
}

}  // namespace
