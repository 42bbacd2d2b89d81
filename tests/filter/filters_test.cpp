#include "filter/filters.hpp"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "record.hpp"

using gateway::Filter;
using gateway::Filters;

namespace {

std::shared_ptr<const Filter> compiled_by(Filters& filters, std::string_view json) {
    auto filter = filters.compile(json);
    REQUIRE(filter);
    return *filter;
}

TEST_CASE("equal filters are one object while it lives") {
    Filters filters{{}};
    const auto first = compiled_by(filters, R"({"a":1,"b":"x"})");
    CHECK(compiled_by(filters, R"({"b":"x","a":1.0})") == first);
    CHECK(compiled_by(filters, R"({"b":"x","a":2})") != first);
    CHECK(filters.size() == 2);
}

TEST_CASE("the table keeps no filter alive") {
    Filters filters{{}};
    auto filter = compiled_by(filters, R"({"a":1})");
    const std::weak_ptr<const Filter> watch = filter;
    filter.reset();
    CHECK(watch.expired());
    filter = compiled_by(filters, R"({"a":1})");
    CHECK(compiled_by(filters, R"({"a":1})") == filter);
    CHECK(filters.size() == 1);
}

TEST_CASE("filters that ended are forgotten") {
    Filters filters{{}};
    const auto kept = compiled_by(filters, R"({"kept":1})");
    for (int i = 0; i < 1000; ++i) compiled_by(filters, fmt::format(R"({{"a":{}}})", i));
    CHECK(filters.size() <= Filters::kept + 1);
    CHECK(compiled_by(filters, R"({"kept":1})") == kept);
}

TEST_CASE("the table grows with the filters that live") {
    Filters filters{{}};
    std::vector<std::shared_ptr<const Filter>> all;
    for (int i = 0; i < 300; ++i)
        all.push_back(compiled_by(filters, fmt::format(R"({{"a":{}}})", i)));
    CHECK(filters.size() == 300);
    for (int i = 0; i < 300; ++i) {
        CHECK(compiled_by(filters, fmt::format(R"({{"a":{}}})", i)) ==
              all[static_cast<std::size_t>(i)]);
    }
}

TEST_CASE("an invalid filter is refused by the table's options") {
    Filters filters{{.max_conditions = 1}};
    CHECK_FALSE(filters.compile(R"({"a":1,"b":2})"));
    CHECK_FALSE(filters.compile("["));
    CHECK(filters.size() == 0);
}

}  // namespace
