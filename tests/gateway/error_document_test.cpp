#include <fstream>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "base/error.hpp"

namespace {

/// The codes of the first table of protocol/errors.md, with whether they may be retried.
std::set<std::string> documented() {
    std::ifstream file(ERRORS_MD);
    REQUIRE(file);
    std::set<std::string> rows;
    for (std::string line; std::getline(file, line) && line != "## Close codes";) {
        if (!line.starts_with("| `")) continue;
        rows.insert(line.substr(2, line.find('|', 2) - 3) +
                    (line.find("| yes |") != std::string::npos ? " yes" : " no"));
    }
    return rows;
}

TEST_CASE("every error code is documented, and nothing else is") {
    std::set<std::string> known;
    for (const auto& row : gateway::error_table) {
        known.insert("`" + std::string(row.name) + "`" + (row.retry ? " yes" : " no"));
    }
    CHECK(documented() == known);
}

}  // namespace
