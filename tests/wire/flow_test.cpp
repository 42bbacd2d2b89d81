#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "wire/parser.hpp"

using gateway::Ack;
using gateway::Acks;
using gateway::ChangeFilter;
using gateway::Errc;
using gateway::Error;
using gateway::Parser;
using gateway::Pause;
using gateway::Pull;
using gateway::Request;
using gateway::Resume;

namespace {

std::string frame_of(std::string_view type, std::string_view action, std::string_view p) {
    std::string frame = R"({"t":")" + std::string(type) + R"(","a":")" + std::string(action) + '"';
    if (!p.empty()) frame += R"(,"p":)" + std::string(p);
    return frame + '}';
}

template <typename Payload>
Payload payload(Parser& parser, std::string_view type, std::string_view action,
                std::string_view p) {
    const Request& request = parser.parse(frame_of(type, action, p)).front();
    if (const auto* error = std::get_if<Error>(&request.payload)) FAIL(error->message);
    return std::get<Payload>(request.payload);
}

Error refusal(std::string_view type, std::string_view action, std::string_view p) {
    Parser parser;
    const Request& request = parser.parse(frame_of(type, action, p)).front();
    REQUIRE(std::holds_alternative<Error>(request.payload));
    return std::get<Error>(request.payload);
}

TEST_CASE("pause and resume are for the named subscription, or for the one without a name") {
    Parser parser;
    CHECK_FALSE(payload<Pause>(parser, "topic", "pause", "").sub);
    CHECK_FALSE(payload<Pause>(parser, "topic", "pause", "null").sub);
    CHECK_FALSE(payload<Resume>(parser, "topic", "resume", "{}").sub);
    CHECK(payload<Pause>(parser, "topic", "pause", R"({"sub":"x"})").sub == "x");
    CHECK(payload<Resume>(parser, "topic", "resume", R"({"sub":"x"})").sub == "x");
    for (const char* p : {"[]", R"("x")", R"({"sub":""})", R"({"sub":["x"]})", R"({"t":["x"]})"}) {
        CAPTURE(p);
        CHECK(refusal("topic", "pause", p).code == Errc::invalid_payload);
        CHECK(refusal("topic", "resume", p).code == Errc::invalid_payload);
    }
}

TEST_CASE("pull asks for a count") {
    Parser parser;
    CHECK(payload<Pull>(parser, "notif", "pull", R"({"n":1})").count == 1);
    const Pull pull = payload<Pull>(parser, "notif", "pull", R"({"sub":"x","n":1000000})");
    CHECK(pull.count == 1000000);
    CHECK(pull.sub == "x");
    for (const char* p : {"", "null", "5", "{}", R"({"sub":"x"})", R"({"n":0})", R"({"n":1000001})",
                          R"({"n":-1})", R"({"n":1.5})", R"({"n":"5"})", R"({"n":5,"m":1})"}) {
        CAPTURE(p);
        CHECK(refusal("notif", "pull", p).code == Errc::invalid_payload);
    }
}

TEST_CASE("an ack names one record, or several") {
    Parser parser;
    const Acks one = payload<Acks>(parser, "notif", "ack",
                                   R"({"topic":"t","partition":1,"offset":7,"sub":"x"})");
    REQUIRE(one.records.size() == 1);
    CHECK(one.records[0].position.topic == "t");
    CHECK(one.records[0].position.partition == 1);
    CHECK(one.records[0].position.offset == 7);
    CHECK(one.records[0].sub == "x");

    const Acks two = payload<Acks>(
        parser, "notif", "ack",
        R"([{"topic":"t","partition":0,"offset":7},{"topic":"t","partition":0,"offset":7,"key":null}])");
    REQUIRE(two.records.size() == 2);
    CHECK_FALSE(two.records[1].sub);
    CHECK(two.records[1].position.offset == 7);

    for (const char* p : {"", "null", "[]", "7", "[7]", R"({"topic":"t","partition":0})",
                          R"({"topic":"t","partition":0,"offset":-1})",
                          R"({"topic":"t","partition":0,"offset":1,"sub":""})",
                          R"([{"topic":"t","partition":0,"offset":1},{}])"}) {
        CAPTURE(p);
        CHECK(refusal("notif", "ack", p).code == Errc::invalid_payload);
    }
}

TEST_CASE("the acks of a frame's messages stay apart, also after a refused one") {
    Parser parser;
    std::string frame = "[";
    for (int i = 0; i < 3000; ++i) {
        const std::string number = std::to_string(i);
        frame += R"({"t":"notif","a":"ack","p":[{"topic":"t","partition":0,"offset":)" + number +
                 R"(},{"topic":"t","partition":1,"offset":)" + number + "}]},";
        frame += R"({"t":"notif","a":"ack","p":[{"topic":"u","partition":0,"offset":1},{}]},)";
        frame += R"({"t":"notif","a":"create","p":{"t":"x","m":"1"}},)";
    }
    frame += R"({"t":"notif","a":"ack","p":{"topic":"end","partition":0,"offset":1}}])";
    const auto requests = parser.parse(frame);
    REQUIRE(requests.size() == 9001);
    for (int i = 0; i < 3000; ++i) {
        const Acks& acks = std::get<Acks>(requests[3 * i].payload);
        REQUIRE(acks.records.size() == 2);
        REQUIRE(acks.records[0].position.offset == i);
        REQUIRE(acks.records[1].position.partition == 1);
        REQUIRE(std::get<Error>(requests[3 * i + 1].payload).code == Errc::invalid_payload);
        REQUIRE(std::get<gateway::Sends>(requests[3 * i + 2].payload).records.size() == 1);
    }
    CHECK(std::get<Acks>(requests.back().payload).records[0].position.topic == "end");
}

TEST_CASE("filter replaces the filter, and the keys where they are named") {
    Parser parser;
    const auto change = [&](std::string_view p) {
        return payload<ChangeFilter>(parser, "notif", "filter", p);
    };
    CHECK(change(R"({"filter":{"a": 1}})").filter == R"({"a": 1})");
    CHECK_FALSE(change(R"({"filter":{"a": 1}})").has_keys);
    CHECK_FALSE(change(R"({"filter":null})").filter);
    CHECK(change(R"({"filter":null,"keys":["k"]})").keys == std::vector<std::string_view>{"k"});
    CHECK(change(R"({"filter":null,"keys":null})").has_keys);
    CHECK_FALSE(change(R"({"filter":null,"keys":null})").keys);
    CHECK(change(R"({"sub":"x","filter":{}})").sub == "x");
    for (const char* p :
         {"", "null", "{}", R"({"keys":["k"]})", R"({"filter":"x"})", R"({"filter":{},"keys":[]})",
          R"({"filter":{},"keys":{}})", R"({"filter":{},"sub":1})", R"({"filter":{},"x":1})"}) {
        CAPTURE(p);
        CHECK(refusal("notif", "filter", p).code == Errc::invalid_payload);
    }
}

TEST_CASE("a filter must be JSON throughout, whatever it means") {
    CHECK(refusal("notif", "filter", R"({"filter":{"a":01}})").code == Errc::malformed_message);
    CHECK(refusal("notif", "filter", R"({"filter":{"a":"\ud800"}})").code ==
          Errc::malformed_message);
}

TEST_CASE("what only the server says is no action of a client") {
    CHECK(refusal("notif", "gap", "{}").code == Errc::unknown_action);
    CHECK(refusal("notif", "snapshot_end", "").code == Errc::unknown_action);
    CHECK(refusal("topic", "ack", "{}").code == Errc::unknown_action);
    CHECK(refusal("notif", "pause", "").code == Errc::unknown_action);
}

}  // namespace
