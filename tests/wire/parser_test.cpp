#include "wire/parser.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using gateway::Action;
using gateway::CreateTopics;
using gateway::Errc;
using gateway::Error;
using gateway::Foreign;
using gateway::ListTopics;
using gateway::Parser;
using gateway::ReportHealth;
using gateway::Request;
using gateway::Send;
using gateway::Sends;
using gateway::Subscribe;
using gateway::Type;
using gateway::Unsubscribe;

namespace {

Errc code_of(const Request& request) {
    REQUIRE(std::holds_alternative<Error>(request.payload));
    return std::get<Error>(request.payload).code;
}

Errc refusal(std::string_view frame) {
    Parser parser;
    const auto requests = parser.parse(frame);
    REQUIRE(requests.size() == 1);
    return code_of(requests.front());
}

template <typename Payload>
const Payload& payload(const Request& request) {
    if (const auto* error = std::get_if<Error>(&request.payload)) FAIL(error->message);
    REQUIRE(std::holds_alternative<Payload>(request.payload));
    return std::get<Payload>(request.payload);
}

TEST_CASE("a send is read with everything it may carry") {
    Parser parser;
    const auto requests = parser.parse(
        R"({"id":7,"t":"notif","a":"create","p":{"t":"prices","m":"a\nb","k":"EUR","h":{"x":"1","y":null},)"
        R"("partition":2,"ts":1234,"ack":true}})");
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].id == "7");
    CHECK(requests[0].type == Type::notif);
    CHECK(requests[0].action == Action::create);
    const Sends& sends = payload<Sends>(requests[0]);
    CHECK_FALSE(sends.is_array);
    REQUIRE(sends.records.size() == 1);
    const Send& send = sends.records[0];
    CHECK(send.topic == "prices");
    CHECK(send.value == "a\nb");
    CHECK(send.key == "EUR");
    CHECK(send.partition == 2);
    CHECK(send.timestamp == 1234);
    CHECK(send.ack);
    REQUIRE(send.headers.size() == 2);
    CHECK(send.headers[0].name == "x");
    CHECK(send.headers[0].value == "1");
    CHECK_FALSE(send.headers[1].value);
}

TEST_CASE("a value is a string as it stands, other JSON as its text, null a tombstone, or base64") {
    Parser parser;
    const auto value = [&](std::string_view m) {
        const std::string frame =
            R"({"t":"notif","a":"send","p":{"t":"x","m":)" + std::string(m) + "}}";
        return payload<Sends>(parser.parse(frame)[0]).records[0].value;
    };
    CHECK(value(R"("")") == "");
    CHECK(value(R"({ "a" : [1, 2.50] } )") == R"({ "a" : [1, 2.50] })");
    CHECK(value("[]") == "[]");
    CHECK(value("12345678901234567890123") == "12345678901234567890123");
    CHECK(value("true ") == "true");
    CHECK_FALSE(value("null"));
    CHECK(value(R"("AAH/","e":"base64")") == std::string("\0\x01\xff", 3));
}

TEST_CASE("the order of the fields does not matter") {
    Parser parser;
    const auto requests = parser.parse(
        R"([{"p":{"m":"1","t":"x"},"a":"create","t":"notif","id":"z"},)"
        R"({"p":["a"],"t":"topic","id":2,"a":"create"},{"id":3,"a":"create","p":{"t":"y","m":"2"},"t":"notif"}])");
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].id == R"("z")");
    CHECK(payload<Sends>(requests[0]).records[0].value == "1");
    CHECK(payload<CreateTopics>(requests[1]).topics[0].topic == "a");
    CHECK(payload<Sends>(requests[2]).records[0].topic == "y");
}

TEST_CASE("headers belong to their own record, also after a refused message") {
    Parser parser;
    const auto requests = parser.parse(
        R"([{"t":"notif","a":"create","p":[{"t":"x","m":"1","h":{"a":"1"}},{"t":"x","m":"2"}]},)"
        R"({"t":"notif","a":"create","p":[{"t":"x","m":"3","h":{"b":"2"}},{"t":"x"}]},)"
        R"({"t":"notif","a":"create","p":{"t":"x","m":"4","h":{"c":"3"}}}])");
    REQUIRE(requests.size() == 3);
    const Sends& first = payload<Sends>(requests[0]);
    CHECK(first.is_array);
    REQUIRE(first.records.size() == 2);
    CHECK(first.records[0].headers.size() == 1);
    CHECK(first.records[1].headers.empty());
    CHECK(code_of(requests[1]) == Errc::invalid_payload);
    const Sends& last = payload<Sends>(requests[2]);
    REQUIRE(last.records.size() == 1);
    CHECK(last.records[0].value == "4");
    REQUIRE(last.records[0].headers.size() == 1);
    CHECK(last.records[0].headers[0].name == "c");
}

TEST_CASE("topic requests are read with everything they may carry") {
    Parser parser;
    const auto create = parser.parse(
        R"({"id":1,"t":"topic","a":"create","p":["a",{"topic":"b","partitions":3,"replication":1,)"
        R"("config":{"cleanup.policy":"compact","retention.ms":1000}}]})");
    const auto& topics = payload<CreateTopics>(create[0]).topics;
    REQUIRE(topics.size() == 2);
    CHECK(topics[0].topic == "a");
    CHECK_FALSE(topics[0].partitions);
    CHECK(topics[1].partitions == 3);
    CHECK(topics[1].replication == 1);
    REQUIRE(topics[1].config.size() == 2);
    CHECK(topics[1].config[1].second == "1000");

    CHECK_FALSE(payload<ListTopics>(parser.parse(R"({"t":"topic","a":"list"})")[0]).broker);
    CHECK(payload<ListTopics>(parser.parse(R"({"t":"topic","a":"list","p":{"broker":"x"}})")[0])
              .broker == "x");

    const auto subscribe = parser.parse(
        R"({"t":"topic","a":"subscribe","p":{"t":["a","b"],"consumer_group":"g","meta":true,"decode":"json",)"
        R"("mq_limit":5,"mq_interval":null}})");
    const Subscribe& options = *payload<const Subscribe*>(subscribe[0]);
    CHECK(options.topics.size() == 2);
    CHECK(options.consumer_group == "g");
    CHECK(options.meta);
    CHECK(options.decode_json);
    CHECK(options.mq_limit == 5);
    CHECK(options.has_mq_interval);
    CHECK_FALSE(options.mq_interval);

    CHECK_FALSE(payload<Unsubscribe>(parser.parse(R"({"t":"topic","a":"unsubscribe"})")[0]).topics);
    CHECK(
        payload<Unsubscribe>(parser.parse(R"({"t":"topic","a":"unsubscribe","p":{"t":["a"]}})")[0])
            .topics->size() == 1);
    payload<ReportHealth>(parser.parse(R"({"id":1500,"t":"health"})")[0]);
}

TEST_CASE("an id keeps its text, whatever number or string it is") {
    Parser parser;
    for (const char* id :
         {"0", "-1.5e3", "123456789012345678901234567890", R"("abc")", R"("\u00e9\"")", R"("")"}) {
        CAPTURE(id);
        CHECK(parser.parse(R"({"id":)" + std::string(id) + R"(,"t":"health"})")[0].id == id);
    }
    CHECK(parser.parse(R"({"t":"health"})")[0].id.empty());
    CHECK(parser.parse(R"({"id":null,"t":"health"})")[0].id.empty());
    for (const char* id : {"{}", "[1]", "true", "01", "1x", R"("\ud800")", R"("a\qb")"}) {
        CAPTURE(id);
        CHECK(refusal(R"({"id":)" + std::string(id) + R"(,"t":"health"})") ==
              Errc::malformed_message);
    }
    const auto of_size = [](std::size_t size) {
        return R"({"id":")" + std::string(size, 'x') + R"(","t":"health"})";
    };
    payload<ReportHealth>(parser.parse(of_size(256))[0]);
    CHECK(refusal(of_size(257)) == Errc::malformed_message);
}

TEST_CASE("what is not JSON, or not a message, is malformed") {
    for (const char* frame : {"",
                              " ",
                              "hello",
                              "{",
                              "[",
                              "]",
                              "[]",
                              "{]",
                              "nul",
                              "1",
                              "\"a\"",
                              "[1]",
                              "[[]]",
                              R"({"id":1,"t":"health"} x)",
                              R"({"id":1,"t":"health"}{"id":2})",
                              R"({"id":1 "t":"health"})",
                              R"({"id":1,"t":"health","x":tru})",
                              R"({"id":1,"t":"health","x":{"a":01}})",
                              R"({'id':1})",
                              "{\"id\":1,\"t\":\"hea\xff\"}",
                              R"({"id":1,"t":"notif","a":"create","p":{"t":"x","m":{a:1}}})",
                              R"({"id":1,"t":"notif","a":"create","p":{"t":"x","m":"\ud83d"}})",
                              R"({"id":1,"t":"notif","a":"create","p":{"t":"x","m":"\udc00 \" "}})",
                              R"({"id":1,"t":"notif","a":"create","p":{"t":"x","m":"a)",
                              "{\"t\":\"a\nb\"}"}) {
        CAPTURE(frame);
        CHECK(refusal(frame) == Errc::malformed_message);
    }
}

TEST_CASE("a key that stands twice is malformed") {
    CHECK(refusal(R"({"t":"health","t":"topic"})") == Errc::malformed_message);
    CHECK(refusal(R"({"id":1,"id":2,"t":"health"})") == Errc::malformed_message);
    CHECK(refusal(R"({"t":"command","a":"reply","refid":"x","s":0,"s":1,"p":1})") ==
          Errc::malformed_message);
    CHECK(refusal(R"({"t":"command","a":"reply","refid":"x","refid":"y","s":0,"p":1})") ==
          Errc::malformed_message);
    CHECK(refusal(R"({"t":"notif","a":"create","p":{"t":"x","m":"1","m":"2"}})") ==
          Errc::malformed_message);
    CHECK(refusal(R"({"t":"topic","a":"subscribe","p":{"t":["x"],"t":["y"]}})") ==
          Errc::malformed_message);
}

TEST_CASE("a message's key is never passed over because it is written with escapes") {
    CHECK(refusal(R"({"t":"health","\u0074":"topic"})") == Errc::malformed_message);
    CHECK(refusal(R"({"\u0074":"health"})") == Errc::malformed_message);
    CHECK(refusal(R"({"type":"x","\u0069d":1})") == Errc::malformed_message);
}

TEST_CASE("nesting ends at 64 levels") {
    const auto nested = [](int depth) {
        return R"({"t":"notif","a":"create","p":{"t":"x","m":)" +
               std::string(static_cast<std::size_t>(depth), '[') +
               std::string(static_cast<std::size_t>(depth), ']') + "}}";
    };
    Parser parser;
    payload<Sends>(parser.parse(nested(64))[0]);
    CHECK(refusal(nested(66)) == Errc::malformed_message);
    CHECK(refusal(nested(5000)) == Errc::malformed_message);
}

TEST_CASE("a message without a type that is known is handed on as it stands") {
    for (const std::string_view frame :
         {R"({"id":1})", R"({"id":1,"t":"nope"})", R"({"id":1,"t":7})", R"({"id":1,"t":["topic"]})",
          R"({"id":1,"type":"order","p":{"t":[{"x":"}"}]},"a":"list"})",
          R"({"id":1,"Gr\u00f6\u00dfe":[1,2]})"}) {
        CAPTURE(frame);
        Parser parser;
        const auto requests = parser.parse(frame);
        REQUIRE(requests.size() == 1);
        const Foreign foreign = payload<Foreign>(requests[0]);
        CHECK(foreign.text == frame);
        CHECK_FALSE(foreign.ack);
        CHECK(requests[0].id == "1");
        CHECK(requests[0].type == Type::unknown);
    }
}

TEST_CASE("foreign messages of an array stand beside others") {
    Parser parser;
    const auto requests = parser.parse(
        R"([{"type":"a","ack":true}, {"id":2,"t":"health"},{"x":{"y":[1]},"ack":"yes" } ,{"id":3,"t":"health"}])");
    REQUIRE(requests.size() == 4);
    CHECK(payload<Foreign>(requests[0]).text == R"({"type":"a","ack":true})");
    CHECK(payload<Foreign>(requests[0]).ack);
    payload<ReportHealth>(requests[1]);
    CHECK(payload<Foreign>(requests[2]).text == R"({"x":{"y":[1]},"ack":"yes" })");
    CHECK_FALSE(payload<Foreign>(requests[2]).ack);
    payload<ReportHealth>(requests[3]);
}

TEST_CASE("a foreign message has an id as every message has") {
    CHECK(refusal(R"({"type":"x","id":{"y":1}})") == Errc::malformed_message);
    CHECK(refusal(R"({"type":"x","id":1,"id":2})") == Errc::malformed_message);
    CHECK(refusal(R"({"type":"x","p":[1})") == Errc::malformed_message);
    CHECK(refusal(R"({"type":"x"} {)") == Errc::malformed_message);
}

TEST_CASE("actions that do not exist are refused") {
    CHECK(refusal(R"({"id":1,"t":"topic"})") == Errc::unknown_action);
    CHECK(refusal(R"({"id":1,"t":"topic","a":"send"})") == Errc::unknown_action);
    CHECK(refusal(R"({"id":1,"t":"notif","a":"list","p":{}})") == Errc::unknown_action);
    CHECK(refusal(R"({"id":1,"t":"health","a":"create"})") == Errc::unknown_action);
    CHECK(refusal(R"({"id":1,"t":"topic","a":7})") == Errc::unknown_action);
    CHECK(refusal(R"({"id":1,"t":{"a":01}})") == Errc::malformed_message);
}

TEST_CASE("a payload of the wrong form is refused by what it must be") {
    for (const char* frame :
         {R"({"t":"topic","a":"create"})",
          R"({"t":"topic","a":"create","p":[]})",
          R"({"t":"topic","a":"create","p":"x"})",
          R"({"t":"topic","a":"create","p":[1]})",
          R"({"t":"topic","a":"create","p":[{"partitions":1}]})",
          R"({"t":"topic","a":"create","p":[{"topic":"x","partitions":0}]})",
          R"({"t":"topic","a":"create","p":[{"topic":"x","partitons":1}]})",
          R"({"t":"topic","a":"list","p":[]})",
          R"({"t":"topic","a":"subscribe"})",
          R"({"t":"topic","a":"subscribe","p":{}})",
          R"({"t":"topic","a":"subscribe","p":{"t":[]}})",
          R"({"t":"topic","a":"subscribe","p":{"t":"x"}})",
          R"({"t":"topic","a":"subscribe","p":{"t":["x"],"metta":true}})",
          R"({"t":"topic","a":"subscribe","p":{"t":["x"],"decode":"xml"}})",
          R"({"t":"topic","a":"unsubscribe","p":{"t":[]}})",
          R"({"t":"health","p":7})",
          R"({"t":"health","p":{"broker":"kafka"}})",
          R"({"t":"notif","a":"create"})",
          R"({"t":"notif","a":"create","p":"x"})",
          R"({"t":"notif","a":"create","p":[]})",
          R"({"t":"notif","a":"create","p":{"t":"x"}})",
          R"({"t":"notif","a":"create","p":{"m":"x"}})",
          R"({"t":"notif","a":"create","p":{"t":1,"m":"x"}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","k":1}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","partition":-1}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","partition":1.5}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","ts":"now"}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","ack":1}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","h":[]}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","h":{"a":1}}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","h":{"a\u0000":""}}})",
          R"({"t":"topic","a":"create","p":[{"topic":"x","config":{"a":"\u0000"}}]})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y","e":"hex"}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":"y!","e":"base64"}})",
          R"({"t":"notif","a":"create","p":{"t":"x","m":{},"e":"base64"}})"}) {
        CAPTURE(frame);
        CHECK(refusal(frame) == Errc::invalid_payload);
    }
}

TEST_CASE("one bad message of an array is answered by itself") {
    Parser parser;
    const auto requests = parser.parse(
        R"([{"id":1,"t":"health"},{"id":2,"t":"notif","a":"create","p":{"t":"x","m":"\ud800"}},5,)"
        R"({"id":3,"t":"notif","a":"create","p":{"t":"x","m":"ok"}},{"id":4,"t":"nope"}])");
    REQUIRE(requests.size() == 5);
    payload<ReportHealth>(requests[0]);
    CHECK(requests[1].id == "2");
    CHECK(code_of(requests[1]) == Errc::malformed_message);
    CHECK(code_of(requests[2]) == Errc::malformed_message);
    CHECK(payload<Sends>(requests[3]).records[0].value == "ok");
    CHECK(payload<Foreign>(requests[4]).text == R"({"id":4,"t":"nope"})");
}

TEST_CASE("where an array breaks, what stands before it is read and the rest is answered once") {
    Parser parser;
    const auto requests =
        parser.parse(R"([{"id":1,"t":"health"},{"id":2,"t":"health"} {"id":3,"t":"health"}])");
    REQUIRE(requests.size() == 3);
    payload<ReportHealth>(requests[0]);
    payload<ReportHealth>(requests[1]);
    CHECK(code_of(requests[2]) == Errc::malformed_message);
    CHECK(requests[2].id.empty());
}

TEST_CASE("where an array breaks within a message, the rest is answered with that message") {
    Parser parser;
    for (const std::string rest : {R"({"id":2 "t":"health"}])", R"({"id":2,"t":]}])", ",]", "x]",
                                   R"({"id":2,"t":"health"])"}) {
        CAPTURE(rest);
        const auto requests = parser.parse(R"([{"id":1,"t":"health"},)" + rest);
        REQUIRE(requests.size() == 2);
        payload<ReportHealth>(requests[0]);
        CHECK(code_of(requests[1]) == Errc::malformed_message);
    }
    const auto requests = parser.parse(R"([17,{"id":2,"t":"health"}]])");
    REQUIRE(requests.size() == 3);
    CHECK(code_of(requests[0]) == Errc::malformed_message);
    payload<ReportHealth>(requests[1]);
    CHECK(code_of(requests[2]) == Errc::malformed_message);
}

TEST_CASE("ten thousand messages in a frame are ten thousand requests") {
    std::string frame = "[";
    for (int i = 0; i < 10000; ++i) {
        frame += (i ? "," : "") + std::string(R"({"id":)") + std::to_string(i) +
                 R"(,"t":"notif","a":"create","p":{"t":"x","m":"v)" + std::to_string(i) + R"("}})";
    }
    frame += "]";
    Parser parser;
    const auto requests = parser.parse(frame);
    REQUIRE(requests.size() == 10000);
    CHECK(payload<Sends>(requests[9999]).records[0].value == "v9999");
}

TEST_CASE("messages beyond the limit are answered once") {
    Parser parser(2);
    const auto requests =
        parser.parse(R"([{"t":"health"},{"t":"health"},{"t":"health"},{"t":"health"}])");
    REQUIRE(requests.size() == 3);
    payload<ReportHealth>(requests[1]);
    CHECK(code_of(requests[2]) == Errc::limit_reached);
}

TEST_CASE("mutated frames are read without harm, and always answered") {
    const std::string seed =
        R"([{"id":1,"t":"notif","a":"create","p":{"t":"x","m":{"a":[1,"\u00e9"]},"h":{"k":"v"},"ts":5}},)"
        R"({"p":{"t":["a"],"meta":true},"id":"q","t":"topic","a":"subscribe"},{"t":"topic","a":"create","p":["z"]},)"
        R"({"t":"notif","a":"ack","p":[{"topic":"x","partition":0,"offset":7,"sub":"s"}]}])";
    constexpr std::string_view alphabet = "{}[]\",:\\ue01txnulfase-.\x80";
    std::mt19937 random(1);
    Parser parser;
    for (int round = 0; round < 50000; ++round) {
        std::string frame = seed;
        for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
            const std::size_t at = random() % frame.size();
            switch (random() % 3) {
                case 0:
                    frame[at] = alphabet[random() % alphabet.size()];
                    break;
                case 1:
                    frame.erase(at, 1 + random() % 8);
                    break;
                default:
                    frame.insert(at, 1, alphabet[random() % alphabet.size()]);
            }
            if (frame.empty()) frame = "x";
        }
        CHECK_FALSE(parser.parse(frame).empty());
    }
}

}  // namespace
