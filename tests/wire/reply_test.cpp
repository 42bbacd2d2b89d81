#include "wire/reply.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "wire/escape.hpp"
#include "wire/notification.hpp"

using gateway::Action;
using gateway::Errc;
using gateway::Error;
using gateway::Header;
using gateway::NotificationMeta;
using gateway::Type;

namespace {

std::string notification(std::optional<std::string_view> value, bool is_json = false,
                         const NotificationMeta* meta = nullptr) {
    std::string out;
    gateway::append_notification(out, 3, value, is_json, meta);
    return out;
}

TEST_CASE("replies are written as the ancestor wrote them") {
    const std::vector<std::string> names{"topic1", "topic2"};
    std::string p;
    gateway::append_strings(p, names);

    std::string out;
    gateway::append_reply(out, {1, "1", Type::topic, Action::create}, p);
    CHECK(out == R"({"id":1,"refid":1,"t":"topic","a":"create","s":0,"p":["topic1","topic2"]})");

    out.clear();
    gateway::append_subscribed(out, {0, "1000", Type::topic, Action::subscribe}, p);
    CHECK(out ==
          R"({"id":0,"refid":1000,"t":"topic","a":"subscribe","p":["topic1","topic2"],"s":0})");

    out.clear();
    gateway::append_reply(out, {567, "1300", Type::topic, Action::unsubscribe});
    CHECK(out == R"({"id":567,"refid":1300,"t":"topic","a":"unsubscribe","s":0})");

    out.clear();
    gateway::append_reply(out, {5, "1500", Type::health, Action::none}, R"({"consumers":[]})");
    CHECK(out == R"({"id":5,"refid":1500,"t":"health","s":0,"p":{"consumers":[]}})");

    CHECK(notification("hello") == R"({"id":3,"t":"notif","p":"hello"})");
}

TEST_CASE("a failure carries a code and a message, and names only what was understood") {
    std::string out;
    gateway::append_failure(out, {2, R"("x")", Type::topic, Action::unknown},
                            Error(Errc::unknown_action, "say \"create\""));
    CHECK(
        out ==
        R"({"id":2,"refid":"x","t":"topic","s":1,"p":{"code":"unknown_action","message":"say \"create\""}})");

    out.clear();
    gateway::append_failure(out, {0, "", Type::unknown, Action::none},
                            Error(Errc::malformed_message, "no"), "[1]");
    CHECK(
        out ==
        R"({"id":0,"refid":null,"s":1,"p":{"code":"malformed_message","message":"no","results":[1]}})");
}

TEST_CASE("a value arrives as a string, as JSON, as base64 or as null") {
    CHECK(notification("say \"hi\"") == R"({"id":3,"t":"notif","p":"say \"hi\""})");
    CHECK(notification(R"({"a":1})", true) == R"({"id":3,"t":"notif","p":{"a":1}})");
    CHECK(notification("\xff\xfe") == R"({"id":3,"t":"notif","p":"//4=","e":"base64"})");
    CHECK(notification("") == R"({"id":3,"t":"notif","p":""})");
    CHECK(notification(std::nullopt) == R"({"id":3,"t":"notif","p":null})");
}

TEST_CASE("meta tells where a record stands, its key and its headers") {
    const std::vector<Header> headers{
        {"a", "1"}, {"b", std::nullopt}, {"c", "\xff"}, {"\xff", "lost"}};
    NotificationMeta meta{"t", 2, 7, 1234, "k", headers};
    CHECK(
        notification("v", false, &meta) ==
        R"({"id":3,"t":"notif","p":"v","o":{"topic":"t","partition":2,"offset":7,"timestamp":1234,)"
        R"("key":"k","headers":{"a":"1","b":null},"headers_b64":{"c":"/w=="}}})");

    meta.key = "\x80";
    meta.headers = {};
    CHECK(
        notification("v", false, &meta) ==
        R"({"id":3,"t":"notif","p":"v","o":{"topic":"t","partition":2,"offset":7,"timestamp":1234,)"
        R"("key":"gA==","key_e":"base64","headers":{}}})");

    meta.key.reset();
    CHECK(notification("v", false, &meta).find(R"("key":null)") != std::string::npos);
}

TEST_CASE("a subscribe that asks for positions is answered with its name and them") {
    const std::string_view positions = R"([{"topic":"a","partition":0,"offset":7}])";
    std::string out;
    gateway::append_subscribed(out, {0, "1", Type::topic, Action::subscribe}, {}, R"(["a"])",
                               positions);
    CHECK(
        out ==
        R"({"id":0,"refid":1,"t":"topic","a":"subscribe","p":["a"],"o":[{"topic":"a","partition":0,"offset":7}],"s":0})");

    out.clear();
    gateway::append_subscribed(out, {0, "1", Type::topic, Action::subscribe}, R"("x")", R"(["a"])",
                               "[]");
    CHECK(out ==
          R"({"id":0,"refid":1,"t":"topic","a":"subscribe","sub":"x","p":["a"],"o":[],"s":0})");
}

TEST_CASE("a notification of a named subscription says whose it is") {
    std::string sub;
    gateway::append_string(sub, "say \"hi\"");
    std::string out;
    gateway::append_notification(out, 3, "v", false, nullptr, sub);
    CHECK(out == R"({"id":3,"t":"notif","sub":"say \"hi\"","p":"v"})");
}

TEST_CASE("a gap tells what is left out, and what the broker has where records are gone") {
    std::string out;
    gateway::NotificationGap gap{.topic = "t", .partition = 2, .from = 5, .to = 9};
    gateway::append_gap(out, 9, {}, gap);
    CHECK(out ==
          R"({"id":9,"t":"notif","a":"gap","p":{"topic":"t","partition":2,"from":5,"to":9}})");

    out.clear();
    gap.kept = {.earliest = 9, .latest = 12};
    gateway::append_gap(out, 9, R"("x")", gap);
    CHECK(
        out ==
        R"({"id":9,"t":"notif","a":"gap","sub":"x","p":{"topic":"t","partition":2,"from":5,"to":9,)"
        R"("code":"offset_out_of_range","earliest":9,"latest":12}})");
}

TEST_CASE("the end of a snapshot has no payload") {
    std::string out;
    gateway::append_snapshot_end(out, 10, {});
    CHECK(out == R"({"id":10,"t":"notif","a":"snapshot_end"})");

    out.clear();
    gateway::append_snapshot_end(out, 10, R"("x")");
    CHECK(out == R"({"id":10,"t":"notif","a":"snapshot_end","sub":"x"})");
}

}  // namespace
