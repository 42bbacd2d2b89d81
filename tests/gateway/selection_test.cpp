#include "gateway/selection.hpp"

#include <doctest/doctest.h>

using gateway::Record;
using gateway::Selection;

namespace {

Record record(std::optional<std::string_view> key) { return {.topic = "t", .key = key}; }

TEST_CASE("without keys everything is let through") {
    Selection selection;
    CHECK(selection.lets_through(record("a")));
    CHECK(selection.lets_through(record({})));
    CHECK_FALSE(selection.keys());
}

TEST_CASE("with keys only records that have one of them are") {
    Selection selection;
    selection.set_keys({"b", "a", "b", ""});
    CHECK(selection.lets_through(record("a")));
    CHECK(selection.lets_through(record("")));
    CHECK_FALSE(selection.lets_through(record("c")));
    CHECK_FALSE(selection.lets_through(record({})));
    CHECK(*selection.keys() == std::vector<std::string>{"", "a", "b"});

    const Selection copy = selection;
    selection.clear_keys();
    CHECK(selection.lets_through(record("c")));
    CHECK_FALSE(copy.lets_through(record("c")));
}

}  // namespace
