#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "wire/parser.hpp"
#include "wire/push.hpp"

using namespace gateway;

namespace {

std::string frame_of(std::string_view type, std::string_view action, std::string_view p) {
    std::string frame = R"({"t":")" + std::string(type) + R"(","a":")" + std::string(action) + '"';
    if (!p.empty()) frame += R"(,"p":)" + std::string(p);
    return frame + '}';
}

template <typename Payload>
Payload payload_of(Parser& parser, std::string_view frame) {
    const Request& request = parser.parse(frame).front();
    if (const auto* error = std::get_if<Error>(&request.payload)) FAIL(error->message);
    return std::get<Payload>(request.payload);
}

template <typename Payload>
Payload payload(Parser& parser, std::string_view type, std::string_view action,
                std::string_view p) {
    return payload_of<Payload>(parser, frame_of(type, action, p));
}

Errc refusal_of(std::string_view frame) {
    Parser parser;
    const Request& request = parser.parse(frame).front();
    REQUIRE(std::holds_alternative<Error>(request.payload));
    return std::get<Error>(request.payload).code;
}

Errc refusal(std::string_view type, std::string_view action, std::string_view p) {
    return refusal_of(frame_of(type, action, p));
}

TEST_CASE("a worker registers with what it says of itself, or with its service alone") {
    Parser parser;
    const auto full = payload<Register>(
        parser, "service", "register",
        R"({"service":"clock","commands":["start","st\u006fp"],"about":{ "v" : [1] },"credit":4})");
    CHECK(full.service == "clock");
    CHECK(full.commands == std::vector<std::string_view>{"start", "stop"});
    CHECK(full.about == R"({ "v" : [1] })");
    CHECK(full.credit == 4);
    const auto bare =
        payload<Register>(parser, "service", "register", R"({"service":"clock","commands":[]})");
    CHECK(bare.commands.empty());
    CHECK_FALSE(bare.about);
    CHECK(bare.credit == 1);
    for (const char* p : {"", "null", "7", "[]", "{}", R"({"service":7})", R"({"commands":["a"]})",
                          R"({"service":"a","commands":"b"})", R"({"service":"a","commands":[7]})",
                          R"({"service":"a","credit":0})", R"({"service":"a","credit":1000001})",
                          R"({"service":"a","credit":1.5})", R"({"service":"a","n":1})"}) {
        CAPTURE(p);
        CHECK(refusal("service", "register", p) == Errc::invalid_payload);
    }
    CHECK(refusal("service", "register", R"({"service":"a","service":"b"})") ==
          Errc::malformed_message);
    CHECK(refusal("service", "register", R"({"service":"a","about":{"x":01}})") ==
          Errc::malformed_message);
}

TEST_CASE("unregister, list, watch and unwatch are for a service or for every one") {
    Parser parser;
    CHECK_FALSE(payload<Unregister>(parser, "service", "unregister", "").service);
    CHECK_FALSE(payload<ListServices>(parser, "service", "list", "null").service);
    CHECK_FALSE(payload<Watch>(parser, "service", "watch", "{}").service);
    CHECK(payload<Unregister>(parser, "service", "unregister", R"({"service":"a"})").service ==
          "a");
    CHECK(payload<ListServices>(parser, "service", "list", R"({"service":"a"})").service == "a");
    CHECK(payload<Watch>(parser, "service", "watch", R"({"service":"a"})").service == "a");
    CHECK(payload<Unwatch>(parser, "service", "unwatch", R"({"service":"a"})").service == "a");
    for (const char* action : {"unregister", "list", "watch", "unwatch"}) {
        for (const char* p : {"7", "[]", R"("a")", R"({"service":["a"]})", R"({"name":"a"})"}) {
            CAPTURE(action);
            CAPTURE(p);
            CHECK(refusal("service", action, p) == Errc::invalid_payload);
        }
    }
}

TEST_CASE("a command takes its data as it stands") {
    Parser parser;
    const auto full = payload<Command>(
        parser, "command", "send",
        R"({"service":"clock","command":"fetch","data":{ "a" : "\u0041" },"timeout":500,"key":"k","progress":true})");
    CHECK(full.service == "clock");
    CHECK(full.command == "fetch");
    CHECK(full.data == R"({ "a" : "\u0041" })");
    CHECK(full.timeout == 500);
    CHECK(full.key == "k");
    CHECK(full.wants_progress);
    const auto bare = payload<Command>(parser, "command", "send", R"({"service":"clock"})");
    CHECK(bare.command.empty());
    CHECK(bare.data == "null");
    CHECK_FALSE(bare.timeout);
    CHECK(bare.key.empty());
    CHECK_FALSE(bare.wants_progress);
    const std::string large = R"({"service":"a","command":")" + std::string(256, 'c') + "\"}";
    const std::string keyed = R"({"service":"a","key":")" + std::string(256, 'k') + "\"}";
    for (const std::string& p :
         {std::string(), std::string("null"), std::string("{}"), std::string("[]"),
          std::string(R"({"service":7})"), std::string(R"({"service":"a","command":null})"),
          std::string(R"({"service":"a","timeout":0})"),
          std::string(R"({"service":"a","timeout":86400001})"),
          std::string(R"({"service":"a","key":""})"),
          std::string(R"({"service":"a","progress":1})"),
          std::string(R"({"service":"a","payload":1})"), large, keyed}) {
        CAPTURE(p);
        CHECK(refusal("command", "send", p) == Errc::invalid_payload);
    }
    CHECK(refusal("command", "send", R"({"service":"a","data":"\ud800"})") ==
          Errc::malformed_message);
}

TEST_CASE("a command is cancelled by the id that it was sent under, as it was written") {
    Parser parser;
    CHECK(payload<CancelCommand>(parser, "command", "cancel", R"({"id":7})").id == "7");
    CHECK(payload<CancelCommand>(parser, "command", "cancel", R"({"id":"7"})").id == R"("7")");
    for (const char* p : {"", "7", "{}", R"({"id":null})", R"({"id":[7]})", R"({"job":7})"}) {
        CAPTURE(p);
        CHECK(refusal("command", "cancel", p) == Errc::invalid_payload);
    }
}

TEST_CASE("a worker's reply is read in whatever order its fields come") {
    Parser parser;
    for (const char* frame : {R"({"refid":"j","t":"command","a":"reply","s":1,"p":[1]})",
                              R"({"p":[1],"s":1,"a":"reply","t":"command","refid":"j"})",
                              R"({"t":"command","p":[1],"a":"reply","refid":"\u006a","s":1})"}) {
        CAPTURE(frame);
        const auto reply = payload_of<CommandReply>(parser, frame);
        CHECK(reply.job == "j");
        CHECK(reply.data == "[1]");
        CHECK(reply.is_failure);
    }
    const auto bare =
        payload_of<CommandReply>(parser, R"({"refid":"j","t":"command","a":"reply"})");
    CHECK(bare.data == "null");
    CHECK_FALSE(bare.is_failure);
    const auto progress =
        payload_of<CommandReply>(parser, R"({"refid":"j","t":"command","a":"progress","p":0.5})");
    CHECK(progress.job == "j");
    CHECK(progress.data == "0.5");
    for (const char* frame :
         {R"({"t":"command","a":"reply","p":1})", R"({"refid":7,"t":"command","a":"reply","p":1})",
          R"({"refid":null,"t":"command","a":"reply"})",
          R"({"refid":"j","t":"command","a":"reply","s":2})",
          R"({"refid":"j","t":"command","a":"reply","s":"0"})",
          R"({"refid":"j","t":"command","a":"progress","s":0,"p":1})"}) {
        CAPTURE(frame);
        CHECK(refusal_of(frame) == Errc::invalid_payload);
    }
    CHECK(refusal_of(R"({"refid":"\ud800","t":"command","a":"reply"})") == Errc::malformed_message);
}

TEST_CASE("of other requests refid and s are passed over as any key is") {
    Parser parser;
    payload_of<ReportHealth>(parser, R"({"refid":"x","s":7,"t":"health"})");
    payload_of<ReportHealth>(parser, R"({"t":"health","refid":7,"s":{"a":1},"refid":7})");
    const auto foreign = payload_of<Foreign>(parser, R"({"refid":"x","s":[1],"type":"order"})");
    CHECK(foreign.text == R"({"refid":"x","s":[1],"type":"order"})");
}

TEST_CASE("an event has a name, and may have a service and data") {
    Parser parser;
    const auto full = payload<Emit>(parser, "event", "emit",
                                    R"({"name":"tick","service":"clock","data":[1, 2]})");
    CHECK(full.name == "tick");
    CHECK(full.service == "clock");
    CHECK(full.data == "[1, 2]");
    const auto bare = payload<Emit>(parser, "event", "emit", R"({"name":"tick"})");
    CHECK_FALSE(bare.service);
    CHECK(bare.data == "null");
    for (const char* p : {"", "7", "{}", R"({"data":1})", R"({"name":7})", R"({"name":"a","m":1})",
                          R"({"name":"a","service":null})"}) {
        CAPTURE(p);
        CHECK(refusal("event", "emit", p) == Errc::invalid_payload);
    }
}

TEST_CASE("events are listened to by name, by service, or by both") {
    Parser parser;
    CHECK(payload<Listen>(parser, "event", "on", R"({"name":"a.*"})").name == "a.*");
    CHECK(payload<Listen>(parser, "event", "on", R"({"service":"s"})").service == "s");
    CHECK(payload<Unlisten>(parser, "event", "off", R"({"name":"a","service":"s"})").what.name ==
          "a");
    CHECK_FALSE(payload<Unlisten>(parser, "event", "off", "").what.name);
    CHECK_FALSE(payload<Unlisten>(parser, "event", "off", "null").what.service);
    CHECK_FALSE(payload<Unlisten>(parser, "event", "off", "{}").what.service);
    for (const char* p :
         {"", "null", "{}", "7", R"({"name":["a"]})", R"({"name":"a","sub":"b"})"}) {
        CAPTURE(p);
        CHECK(refusal("event", "on", p) == Errc::invalid_payload);
    }
    CHECK(refusal("event", "off", R"(["a"])") == Errc::invalid_payload);
}

TEST_CASE("what only the server says of services is no action of a client") {
    for (const auto& [type, action] :
         {std::pair("service", "join"), std::pair("service", "leave"), std::pair("service", "gap"),
          std::pair("command", "request"), std::pair("event", "gap"),
          std::pair("event", "subscribe"), std::pair("command", "create"),
          std::pair("service", "on")}) {
        CAPTURE(type);
        CAPTURE(action);
        CHECK(refusal(type, action, "{}") == Errc::unknown_action);
    }
    CHECK(refusal_of(R"({"t":"event","p":{}})") == Errc::unknown_action);
}

TEST_CASE("what the server sends unasked is one message each") {
    const auto written = [](auto append, const auto&... what) {
        std::string out;
        append(out, what...);
        return out;
    };
    const std::vector<std::string> commands{"a\"b"};
    const WorkerView worker{
        .service = "s", .worker = "w", .commands = commands, .about = "{}", .credit = 2};
    CHECK(written(append_join, 7U, worker) ==
          R"({"id":7,"t":"service","a":"join","p":{"service":"s","worker":"w",)"
          R"("commands":["a\"b"],"credit":2,"about":{}}})");
    CHECK(written(append_leave, 8U, "s", "w") ==
          R"({"id":8,"t":"service","a":"leave","p":{"service":"s","worker":"w"}})");
    CHECK(written(append_service_gap, 9U, std::size_t{3}) ==
          R"({"id":9,"t":"service","a":"gap","p":{"count":3}})");
    CHECK(written(append_command_request, CommandView{.job = "j",
                                                      .service = "s",
                                                      .command = "c",
                                                      .data = "[1]",
                                                      .attempt = 2,
                                                      .timeout = std::chrono::seconds(1)}) ==
          R"({"id":"j","t":"command","a":"request","p":{"service":"s","command":"c","data":[1],)"
          R"("attempt":2,"timeout":1000}})");
    CHECK(written(append_command_cancel, 1U, "j", Errc::request_timeout) ==
          R"({"id":1,"t":"command","a":"cancel","p":{"id":"j","code":"request_timeout"}})");
    const ReplyHead head{5, R"("x")", Type::command, Action::send};
    CHECK(written(append_progress, head, "0.5") ==
          R"({"id":5,"refid":"x","t":"command","a":"progress","p":0.5})");
    CHECK(written(append_command_failure, head, Error(Errc::command_failed, "no"), "7") ==
          R"({"id":5,"refid":"x","t":"command","a":"send","s":1,)"
          R"("p":{"code":"command_failed","message":"no","data":7}})");
    CHECK(written(append_event, 3U, "n", std::optional<std::string_view>("s"), "1") ==
          R"({"id":3,"t":"event","p":{"name":"n","service":"s","data":1}})");
    CHECK(written(append_event, 3U, "n", std::optional<std::string_view>(), "1") ==
          R"({"id":3,"t":"event","p":{"name":"n","data":1}})");
    CHECK(written(append_event_gap, 3U, std::size_t{12}) ==
          R"({"id":3,"t":"event","a":"gap","p":{"count":12}})");
}

}  // namespace
