#include "cluster/telling.hpp"

#include <doctest/doctest.h>

using namespace gateway;
using namespace gateway::cluster;
using services::Emitted;
using services::Member;
using services::Told;
using services::WorkerId;

namespace {

std::optional<Told> parse(const std::string& key, std::optional<std::string_view> value) {
    Outline outline;
    Record record;
    record.key = key;
    record.value = value;
    return parse_told(record, outline);
}

TEST_CASE("what a node tells of a service arrives, with who works there") {
    const Told told{.process = "b.1/x",
                    .service = "sum",
                    .version = 7,
                    .credit = 5,
                    .polls = 1,
                    .workers = 1,
                    .members = {{.worker = WorkerId{12},
                                 .service = "sum",
                                 .commands = {"a", "\"b\""},
                                 .about = R"({"v":"1"})",
                                 .credit = 4}}};
    std::string value;
    append_told(value, told, {});
    const auto came = parse(key_of(told.process, told.service), value);
    REQUIRE(came);
    CHECK(came->process == "b.1/x");
    CHECK(came->service == "sum");
    CHECK(came->version == 7);
    CHECK(came->credit == 5);
    CHECK(came->polls == 1);
    CHECK(came->workers == 1);
    REQUIRE(came->members.size() == 1);
    const Member& member = came->members[0];
    CHECK(member.worker == WorkerId{12});
    CHECK(member.process == "b.1/x");
    CHECK(member.service == "sum");
    CHECK(member.commands == std::vector<std::string>{"a", "\"b\""});
    CHECK(member.about == R"({"v":"1"})");
    CHECK(member.credit == 4);
}

TEST_CASE("a tombstone tells that there is nobody") {
    for (const auto value :
         {std::optional<std::string_view>(), std::optional<std::string_view>("")}) {
        const auto told = parse("b/sum", value);
        REQUIRE(told);
        CHECK(told->is_empty());
        CHECK(told->process == "b");
    }
}

TEST_CASE("of many workers some are told, and how many there are") {
    Told told{.service = "sum", .workers = 5, .members = std::vector<Member>(5)};
    for (Member& member : told.members) member.about = "\"1234567890\"";
    const auto count = [&](const Options& options) {
        std::string value;
        append_told(value, told, options);
        const auto came = parse("b/sum", value);
        REQUIRE(came);
        CHECK(came->workers == 5);
        return came->members.size();
    };
    CHECK(count({}) == 5);
    CHECK(count({.max_told_workers = 2}) == 2);
    CHECK(count({.max_told_bytes = 40}) == 3);
}

TEST_CASE("what is no such record is none") {
    CHECK_FALSE(parse("sum", ""));
    CHECK_FALSE(parse("b/", ""));
    CHECK_FALSE(parse("b/sum", "{}"));
    CHECK_FALSE(parse("b/sum", "x"));
    CHECK_FALSE(parse("b/sum", R"({"version":1,"credit":1,"polls":0,"workers":0,"members":[1]})"));
}

TEST_CASE("events arrive in order, what they carry byte for byte") {
    const std::vector<Emitted> events{
        {"house", "heat.\"1\"", "{ \"x\":\n1 }"}, {"", "empty", ""}, {"", "last", "2"}};
    std::string record;
    append_events(record, "b.1", events);
    Outline outline;
    const auto came = parse_events(record, outline);
    REQUIRE(came);
    CHECK(came->process == "b.1");
    REQUIRE(came->events.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(came->events[i].service == events[i].service);
        CHECK(came->events[i].name == events[i].name);
        CHECK(came->events[i].data == events[i].data);
    }
    record.pop_back();
    CHECK_FALSE(parse_events(record, outline));
    CHECK_FALSE(parse_events("{}\n", outline));
    CHECK_FALSE(parse_events("", outline));
}

}  // namespace
