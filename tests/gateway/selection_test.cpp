#include "gateway/selection.hpp"

#include <doctest/doctest.h>

using gateway::Candidate;
using gateway::Filter;
using gateway::Record;
using gateway::Selection;
using Verdict = gateway::Selection::Verdict;

namespace {

Verdict judge(const Selection& selection, std::optional<std::string_view> key,
              std::string_view value = "") {
    Candidate candidate;
    return selection.judge({.topic = "t", .key = key, .value = value}, candidate);
}

TEST_CASE("without keys and a filter every record is wanted") {
    Selection selection;
    CHECK(judge(selection, "a") == Verdict::wanted);
    CHECK(judge(selection, {}) == Verdict::wanted);
    CHECK_FALSE(selection.keys());
}

TEST_CASE("with keys only records that have one of them are") {
    Selection selection;
    selection.set_keys({"b", "a", "b", ""});
    CHECK(judge(selection, "a") == Verdict::wanted);
    CHECK(judge(selection, "") == Verdict::wanted);
    CHECK(judge(selection, "c") == Verdict::unwanted);
    CHECK(judge(selection, {}) == Verdict::unwanted);
    CHECK(*selection.keys() == std::vector<std::string>{"", "a", "b"});

    const Selection copy = selection;
    selection.clear_keys();
    CHECK(judge(selection, "c") == Verdict::wanted);
    CHECK(judge(copy, "c") == Verdict::unwanted);
}

TEST_CASE("with a filter only records that match it are, and have the keys too") {
    Selection selection;
    selection.set_filter(*Filter::compile(R"({"a":1})", {}));
    CHECK(judge(selection, "k", R"({"a":1})") == Verdict::wanted);
    CHECK(judge(selection, "k", R"({"a":2})") == Verdict::unwanted);

    selection.set_keys({"k"});
    CHECK(judge(selection, "k", R"({"a":1})") == Verdict::wanted);
    CHECK(judge(selection, "l", R"({"a":1})") == Verdict::unwanted);

    selection.set_filter(nullptr);
    CHECK(judge(selection, "k", R"({"a":2})") == Verdict::wanted);
}

TEST_CASE("a payload that is not JSON is told apart where a filter asks for its fields") {
    Selection selection;
    selection.set_filter(*Filter::compile(R"({"a":1})", {}));
    CHECK(judge(selection, "k", "text") == Verdict::not_json);
    selection.set_filter(*Filter::compile(R"({"$key":"k"})", {}));
    CHECK(judge(selection, "k", "text") == Verdict::wanted);
    CHECK(judge(selection, "l", "text") == Verdict::unwanted);
}

}  // namespace
