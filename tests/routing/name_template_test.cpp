#include "routing/name_template.hpp"

#include <map>
#include <random>
#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::routing;

namespace {

/// The name for a message; "-" where it has none.
std::string name_for(std::string_view text, std::string_view message) {
    auto name = NameTemplate::parse(text);
    REQUIRE(name);
    Outline outline;
    const Outline::Value* const value = outline.read(message);
    REQUIRE(value);
    std::string out;
    const bool is_written = name->write({*value, "n.p.1", "n"}, out);
    if (!is_written) CHECK(out.empty());
    return is_written ? out : "-";
}

std::string refusal(std::string_view text) {
    const auto name = NameTemplate::parse(text);
    REQUIRE_FALSE(name);
    return name.error().message;
}

TEST_CASE("a name without fields is what it is") {
    CHECK(name_for("orders", "{}") == "orders");
    CHECK(NameTemplate::parse("orders")->is_fixed());
    CHECK_FALSE(NameTemplate::parse("user.{id}")->is_fixed());
}

TEST_CASE("fields of the message stand in a name, by their path") {
    CHECK(name_for("user.{userId}", R"({"userId":"ada"})") == "user.ada");
    CHECK(name_for("user.{user.id}.in", R"({"user":{"id":7}})") == "user.7.in");
    CHECK(name_for("flag.{on}.{off}", R"({"on":true,"off":false})") == "flag.true.false");
    CHECK(name_for("x.{list.1}", R"({"list":["a","b"]})") == "x.b");
}

TEST_CASE("who sent a message stands in a name as well") {
    CHECK(name_for("reply.{$client}", "{}") == "reply.n_2Ep_2E1");
    CHECK(name_for("reply.{$node}", R"({"$node":"forged"})") == "reply.n");
}

TEST_CASE("a message without the field has no name") {
    CHECK(name_for("user.{id}", "{}") == "-");
    CHECK(name_for("user.{id}", R"({"id":null})") == "-");
    CHECK(name_for("user.{id}", R"({"id":[1]})") == "-");
    CHECK(name_for("user.{id}", R"({"id":{"x":1}})") == "-");
    CHECK(name_for("user.{a}.{b}", R"({"a":"x"})") == "-");
}

TEST_CASE("what a client writes never leaves its place in a name") {
    CHECK(name_for("user.{id}", R"({"id":"a.b"})") == "user.a_2Eb");
    CHECK(name_for("user.{id}", R"({"id":"../admin"})") == "user._2E_2E_2Fadmin");
    CHECK(name_for("user.{id}", R"({"id":"a_2Eb"})") == "user.a_5F2Eb");
    CHECK(name_for("user.{id}", R"({"id":"#*:"})") == "user._23_2A_3A");
    CHECK(name_for("user.{id}", R"({"id":"\u0000\n"})") == "user._00_0A");
    CHECK(name_for("user.{id}", R"({"id":"\u00e9"})") == "user._C3_A9");
    CHECK(name_for("user.{id}", R"({"id":""})") == "user._");
    CHECK(name_for("user.{id}", R"({"id":"_"})") == "user._5F");
    CHECK(name_for("user.{id}", R"({"id":-1.5e+3})") == "user.-1_2E5e_2B3");
}

TEST_CASE("different values give different names") {
    // A small alphabet, so that values are often near each other.
    constexpr std::string_view letters = "a._-5F2E";
    std::mt19937 random(7);
    const auto value = [&] {
        std::string text;
        for (auto size = random() % 5; size > 0; --size) text += letters[random() % letters.size()];
        return text;
    };
    std::map<std::string, std::pair<std::string, std::string>> known;
    for (int i = 0; i < 20000; ++i) {
        const std::pair values(value(), value());
        const std::string name = name_for(
            "p.{a}-x.{b}", R"({"a":")" + values.first + R"(","b":")" + values.second + "\"}");
        CHECK(name.starts_with("p."));
        CHECK(known.emplace(name, values).first->second == values);
    }
}

TEST_CASE("a template that is none is refused with the reason") {
    CHECK(refusal("user.{id") == "has a brace that has no other");
    CHECK(refusal("user.}") == "has a brace that has no other");
    CHECK(refusal("user.{a{b}}") == "has a brace that has no other");
    CHECK(refusal("user.{}") == "has {}, which names no field");
    CHECK(refusal("user.{$key}").starts_with("has {$key}, which is of a record"));
    CHECK(refusal("{a}{b}") == "has two fields without a dot between them");
    CHECK(refusal("{a}-{b}") == "has two fields without a dot between them");
}

}  // namespace
