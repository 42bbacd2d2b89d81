#include "base/error.hpp"

#include <set>
#include <string_view>

#include <doctest/doctest.h>

#include "base/result.hpp"

using gateway::Errc;
using gateway::Error;
using gateway::Result;

namespace {

TEST_CASE("the table has a row for every code, in the order of the codes") {
    CHECK(gateway::error_table.size() == static_cast<std::size_t>(Errc::internal) + 1);
    for (std::size_t i = 0; i < gateway::error_table.size(); ++i) {
        CHECK(static_cast<std::size_t>(gateway::error_table[i].code) == i);
    }
}

TEST_CASE("no two codes share a name") {
    std::set<std::string_view> names;
    for (const auto& row : gateway::error_table) CHECK(names.insert(row.name).second);
}

TEST_CASE("an error without a message of its own says what its code means") {
    CHECK(Error(Errc::draining).message == gateway::traits_of(Errc::draining).meaning);
    CHECK(Error(Errc::draining, "later").message == "later");
}

TEST_CASE("a result is a value or an error, and says which") {
    CHECK(Result<int>(7).value() == 7);
    CHECK(Result<int>(Error(Errc::internal)).error().code == Errc::internal);
    CHECK_FALSE(Result<int>(Error(Errc::internal)));
}

}  // namespace
