#include "nodes/announcement.hpp"

#include <string>

#include <doctest/doctest.h>

using gateway::nodes::Announcement;

namespace {

constexpr const char* example =
    R"({"node":"n","process":"n.p","queue":"athena.n","since":5,"interval":10,"state":"up"})";

TEST_CASE("an announcement is read as it is written") {
    const auto told = Announcement::parse(example);
    REQUIRE(told);
    CHECK(told->process == "n.p");
    CHECK_FALSE(told->is_leaving);
    std::string written;
    told->append(written);
    CHECK(written == example);
}

TEST_CASE("a farewell is told from a heartbeat") {
    std::string text = example;
    text.replace(text.find("\"up\""), 4, "\"down\"");
    REQUIRE(Announcement::parse(text));
    CHECK(Announcement::parse(text)->is_leaving);
}

TEST_CASE("what lacks something or says it wrongly is no announcement") {
    const std::string text = example;
    const auto with = [&](const char* from, const char* to) {
        std::string other = text;
        other.replace(other.find(from), std::string(from).size(), to);
        return Announcement::parse(other);
    };
    CHECK_FALSE(Announcement::parse(""));
    CHECK_FALSE(Announcement::parse("[]"));
    CHECK_FALSE(Announcement::parse("athena.n"));
    CHECK_FALSE(with("\"up\"", "\"away\""));
    CHECK_FALSE(with("\"n.p\"", "7"));
    CHECK_FALSE(with("\"athena.n\"", "\"\""));
    CHECK_FALSE(with(":10", ":0"));
    CHECK_FALSE(with(":10", ":1e1"));
    CHECK_FALSE(with(":10", ":86400001"));
    CHECK_FALSE(with(":5", ":-5"));
    CHECK_FALSE(with("\"since\"", "\"until\""));
}

}  // namespace
