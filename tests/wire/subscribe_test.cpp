#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "wire/parser.hpp"

using gateway::Errc;
using gateway::Error;
using gateway::Parser;
using gateway::PositionView;
using gateway::Subscribe;
using gateway::Unsubscribe;

namespace {

std::string frame_of(std::string_view options) {
    return R"({"id":1,"t":"topic","a":"subscribe","p":{"t":["x"])" + std::string(options) + "}}";
}

/// What a parser makes of the options beside "t".
class Reading {
public:
    explicit Reading(std::string_view options)
        : request_(parser_.parse(frame_of(options)).front()) {}

    const Subscribe& operator*() const {
        if (const auto* error = std::get_if<Error>(&request_.payload)) FAIL(error->message);
        return *std::get<const Subscribe*>(request_.payload);
    }
    const Subscribe* operator->() const { return &**this; }

    const Error& error() const {
        REQUIRE(std::holds_alternative<Error>(request_.payload));
        return std::get<Error>(request_.payload);
    }

private:
    Parser parser_;
    gateway::Request request_;
};

template <typename From>
From from(std::string_view text) {
    const Reading reading(R"(,"from":)" + std::string(text));
    const Subscribe& options = *reading;
    REQUIRE(options.from);
    REQUIRE(std::holds_alternative<From>(*options.from));
    return std::get<From>(*options.from);
}

bool contains(const Error& error, std::string_view words) {
    return error.message.find(words) != std::string::npos;
}

TEST_CASE("without options a subscription is one of a group, pushed, and answered as ever") {
    const Reading reading("");
    CHECK(reading->mode == Subscribe::Mode::group);
    CHECK(reading->flow == Subscribe::Flow::push);
    CHECK(reading->slow == Subscribe::Slow::pause);
    CHECK_FALSE(reading->client_ack);
    CHECK_FALSE(reading->snapshot);
    CHECK_FALSE(reading->from);
    CHECK_FALSE(reading->filter);
    CHECK_FALSE(reading->keys);
    CHECK_FALSE(reading->sub);
    CHECK_FALSE(reading->max_unacked);
    CHECK_FALSE(reading->wants_positions);
}

TEST_CASE("a subscription is read with everything it may carry") {
    const Reading reading(
        R"(,"consumer_group":"g","from":"earliest","mode":"group","filter":{ "a":[1, {"gt":2}] } ,)"
        R"("keys":["k1","k\u00e92"],"flow":"pull","ack":"client","max_unacked":50,"slow":"close",)"
        R"("sub":"prices","meta":true,"mq_interval":10)");
    CHECK(reading->consumer_group == "g");
    CHECK(reading->filter == R"({ "a":[1, {"gt":2}] })");
    CHECK(reading->keys == std::vector<std::string_view>{"k1", "k\u00e92"});
    CHECK(reading->flow == Subscribe::Flow::pull);
    CHECK(reading->client_ack);
    CHECK(reading->max_unacked == 50);
    CHECK(reading->slow == Subscribe::Slow::close);
    CHECK(reading->sub == "prices");
    CHECK(reading->meta);
    CHECK(reading->mq_interval == 10);

    CHECK(Reading(R"(,"mode":"broadcast","snapshot":true)")->snapshot);
    CHECK(Reading(R"(,"slow":"conflate")")->slow == Subscribe::Slow::conflate);
    CHECK(Reading(R"(,"slow":"drop")")->slow == Subscribe::Slow::drop);
    CHECK_FALSE(Reading(R"(,"ack":"auto")")->client_ack);
}

TEST_CASE("a filter or keys of null are none") {
    const Reading reading(R"(,"filter":null,"keys":null)");
    CHECK_FALSE(reading->filter);
    CHECK_FALSE(reading->keys);
}

TEST_CASE("patterns stand among the topics as they are written") {
    Parser parser;
    const auto requests =
        parser.parse(R"({"t":"topic","a":"subscribe","p":{"t":["^eu\\..*","x"]}})");
    CHECK(std::get<const Subscribe*>(requests[0].payload)->topics ==
          std::vector<std::string_view>{R"(^eu\..*)", "x"});
}

TEST_CASE("positions are asked for by from, mode, snapshot and sub, and by nothing else") {
    for (const char* options :
         {R"(,"from":"latest")", R"(,"mode":"group")", R"(,"snapshot":false)", R"(,"sub":"a")"}) {
        CAPTURE(options);
        CHECK(Reading(options)->wants_positions);
    }
    CHECK_FALSE(Reading(R"(,"filter":{},"keys":["k"],"flow":"pull","ack":"client","slow":"close")")
                    ->wants_positions);
}

TEST_CASE("from is the latest or the earliest record, a time, a count, or a cursor") {
    from<Subscribe::Latest>(R"("latest")");
    from<Subscribe::Earliest>(R"("earliest")");
    CHECK(from<Subscribe::Since>(R"({"timestamp":1715934600000})").timestamp == 1715934600000);
    CHECK(from<Subscribe::Since>(R"({"timestamp":"2024-05-17T10:30:00.5+02:00"})").timestamp ==
          1715934600500);
    CHECK(from<Subscribe::Last>(R"({"last":9007199254740993})").count == 9007199254740993);
    CHECK(from<Subscribe::Cursor>("[]").empty());

    const Reading reading(
        R"(,"from":[{"topic":"b","partition":1,"offset":7},{"offset":9,"partition":0,"topic":"b"},)"
        R"({"topic":"a","partition":1,"offset":0}])");
    const auto& cursor = std::get<Subscribe::Cursor>(*reading->from);
    REQUIRE(cursor.size() == 3);
    CHECK(cursor[0].topic == "a");
    CHECK(cursor[1].partition == 0);
    CHECK(cursor[1].offset == 9);
    CHECK(cursor[2].offset == 7);
}

TEST_CASE("the o of a notification is a position of a cursor as it stands") {
    const auto cursor = from<Subscribe::Cursor>(
        R"([{"topic":"t","partition":2,"offset":7,"timestamp":1234,"key":"gA==","key_e":"base64",)"
        R"("headers":{"a":"1","topic":null},"headers_b64":{"c":"/w=="}}])");
    REQUIRE(cursor.size() == 1);
    CHECK(cursor[0].partition == 2);
    CHECK(cursor[0].offset == 7);
}

TEST_CASE("a from of another form is refused") {
    for (const char* text : {"null",
                             "1",
                             "true",
                             R"("newest")",
                             "{}",
                             R"({"timestamp":1,"last":1})",
                             R"({"timestamp":1,"timestamp":1})",
                             R"({"offset":1})",
                             R"({"last":0})",
                             R"({"last":-1})",
                             R"({"last":1.5})",
                             R"({"last":9223372036854775808})",
                             R"({"timestamp":-1})",
                             R"({"timestamp":null})",
                             R"({"timestamp":"yesterday"})",
                             R"({"timestamp":"1969-12-31"})",
                             R"({"timestamp":"2024-05-17T08:30:00"})",
                             "[1]",
                             "[{}]",
                             R"([{"topic":"t","partition":0}])",
                             R"([{"topic":"t","offset":0}])",
                             R"([{"partition":0,"offset":0}])",
                             R"([{"topic":1,"partition":0,"offset":0}])",
                             R"([{"topic":"t","partition":-1,"offset":0}])",
                             R"([{"topic":"t","partition":2147483648,"offset":0}])",
                             R"([{"topic":"t","partition":0,"offset":-1}])",
                             R"([{"topic":"t","partition":0,"offset":"0"}])"}) {
        CAPTURE(text);
        CHECK(Reading(R"(,"from":)" + std::string(text)).error().code == Errc::invalid_payload);
    }
}

TEST_CASE("a cursor names a partition once, and its keys without escapes") {
    const Reading twice(
        R"(,"from":[{"topic":"t","partition":0,"offset":1},{"topic":"t","partition":1,"offset":1},)"
        R"({"topic":"t","partition":0,"offset":1}])");
    CHECK(twice.error().code == Errc::invalid_payload);
    CHECK(contains(twice.error(), "partition 0 of t twice"));

    const Reading broken(R"(,"from":[{"topic":"t","partition":0,"offset":1},{"topic":"t"}])");
    CHECK(contains(broken.error(), "p.from[1]"));

    for (const char* position : {R"({"topic":"t","partition":0,"offset":1,"offset":2})",
                                 R"({"topic":"t","partition":0,"offset":1,"\u006fffset":2})",
                                 R"({"topic":"t","partition":0,"offset":1,"x":tru})"}) {
        CAPTURE(position);
        CHECK(Reading(R"(,"from":[)" + std::string(position) + "]").error().code ==
              Errc::malformed_message);
    }
}

TEST_CASE("an option of another form is refused, with what it may be") {
    const auto refused = [](std::string_view options, std::string_view words) {
        CAPTURE(options);
        const Reading reading(options);
        CHECK(reading.error().code == Errc::invalid_payload);
        CHECK(contains(reading.error(), words));
    };
    refused(R"(,"mode":"all")", R"("group" or "broadcast")");
    refused(R"(,"mode":null)", R"("group" or "broadcast")");
    refused(R"(,"flow":"stream")", R"("push" or "pull")");
    refused(R"(,"ack":true)", R"("auto" or "client")");
    refused(R"(,"slow":"")", R"("pause" or "drop" or "conflate" or "close")");
    refused(R"(,"snapshot":1)", "true or false");
    refused(R"(,"filter":"x")", "an object");
    refused(R"(,"filter":[])", "an object");
    refused(R"(,"keys":"k")", "array of strings");
    refused(R"(,"keys":[])", "at least one");
    refused(R"(,"keys":["k",1])", "p.keys[1]");
    refused(R"(,"ack":"client","max_unacked":0)", "must be a whole number from 1 on");
    refused(R"(,"mq_limit":0)", "must be a whole number from 1 on");
    refused(R"(,"form":"latest")", "from");
}

TEST_CASE("a name is 1 to 64 bytes of UTF-8 without control characters") {
    const auto named = [](std::string_view name) {
        return R"(,"sub":")" + std::string(name) + "\"";
    };
    const std::string longest(64, 'x');
    CHECK(Reading(named(longest))->sub == longest);
    CHECK(Reading(named("d\u00e9sk \\\"1\\\" \u20ac"))->sub == "d\u00e9sk \"1\" \u20ac");
    CHECK(Reading(named("\u00a0"))->sub == "\u00a0");
    for (const std::string& name :
         {std::string(), longest + "x", std::string("a\\n"), std::string("\\u0000"),
          std::string("\\u001f"), std::string("\x7f"), std::string("a\u0080"),
          std::string("\\u009f")}) {
        CAPTURE(name);
        CHECK(Reading(named(name)).error().code == Errc::invalid_payload);
    }
    CHECK(Reading(R"(,"sub":1)").error().code == Errc::invalid_payload);
}

TEST_CASE("options that contradict each other are refused, by name") {
    const auto refused = [](std::string_view options, std::string_view one, std::string_view two) {
        CAPTURE(options);
        const Reading reading(options);
        CHECK(reading.error().code == Errc::invalid_payload);
        CHECK(contains(reading.error(), one));
        CHECK(contains(reading.error(), two));
    };
    refused(R"(,"consumer_group":"g","mode":"broadcast")", "p.consumer_group", "p.mode");
    refused(R"(,"ack":"client","mode":"broadcast")", "p.ack", "p.mode");
    refused(R"(,"snapshot":true)", "p.snapshot", "p.mode");
    refused(R"(,"snapshot":true,"mode":"group")", "p.snapshot", "p.mode");
    refused(R"(,"snapshot":true,"mode":"broadcast","from":"latest")", "p.from", "p.snapshot");
    refused(R"(,"max_unacked":5)", "p.max_unacked", "p.ack");
    refused(R"(,"max_unacked":5,"ack":"auto")", "p.max_unacked", "p.ack");

    CHECK(Reading(R"(,"consumer_group":null,"mode":"broadcast")")->mode ==
          Subscribe::Mode::broadcast);
    CHECK(Reading(R"(,"snapshot":false,"from":"latest")")->from);
    CHECK(Reading(R"(,"ack":"client","flow":"pull","slow":"conflate")")->client_ack);
}

TEST_CASE("an option that stands twice is malformed") {
    CHECK(Reading(R"(,"from":"latest","from":"latest")").error().code == Errc::malformed_message);
    CHECK(Reading(R"(,"t":["x"])").error().code == Errc::malformed_message);
}

TEST_CASE("a frame's subscribes each keep their own options") {
    Parser parser;
    std::string frame = "[";
    for (int i = 0; i < 100; ++i) {
        frame += (i ? "," : "") + std::string(R"({"t":"topic","a":"subscribe","p":{"t":["t)") +
                 std::to_string(i) + R"("],"from":{"last":)" + std::to_string(i + 1) + "}}}";
    }
    const auto requests = parser.parse(frame + "]");
    REQUIRE(requests.size() == 100);
    for (int i = 0; i < 100; ++i) {
        const auto* options = std::get<const Subscribe*>(requests[i].payload);
        CHECK(options->topics == std::vector<std::string_view>{"t" + std::to_string(i)});
        CHECK(std::get<Subscribe::Last>(*options->from).count == i + 1);
    }
}

TEST_CASE("unsubscribe takes topics, a name, or names") {
    Parser parser;
    const auto unsubscribe = [&](std::string_view p) {
        const auto requests =
            parser.parse(R"({"t":"topic","a":"unsubscribe","p":)" + std::string(p) + "}");
        return requests.front();
    };
    const auto payload = [&](std::string_view p) {
        return std::get<Unsubscribe>(unsubscribe(p).payload);
    };
    CHECK_FALSE(payload("null").subs);
    CHECK_FALSE(payload("{}").topics);
    CHECK(payload(R"({"t":["a","b"]})").topics == std::vector<std::string_view>{"a", "b"});
    CHECK(payload(R"({"sub":"x"})").subs == std::vector<std::string_view>{"x"});
    CHECK(payload(R"({"sub":["x","y"]})").subs == std::vector<std::string_view>{"x", "y"});
    for (const char* p : {R"({"t":["a"],"sub":"x"})", R"({"sub":[]})", R"({"sub":1})",
                          R"({"sub":[1]})", R"({"t":[]})", R"({"topics":["a"]})", "[]"}) {
        CAPTURE(p);
        CHECK(std::get<Error>(unsubscribe(p).payload).code == Errc::invalid_payload);
    }
}

TEST_CASE("mutated options are read without harm, and what is read keeps its bounds") {
    const std::vector<std::string> seeds{
        frame_of(R"(,"from":[{"topic":"x","partition":0,"offset":5,"key":"k"}],"mode":"broadcast",)"
                 R"("sub":"\u00e9","filter":{"a":["/x/i",{"gt":1}]},"keys":["a","b"])"),
        frame_of(R"(,"from":{"timestamp":"2024-05-17T08:30:00.5+02:00"},"ack":"client",)"
                 R"("max_unacked":100,"flow":"pull","slow":"close","consumer_group":"g")"),
        frame_of(R"(,"mode":"broadcast","snapshot":true,"slow":"conflate")"),
        frame_of(R"(,"mode":"group","slow":"drop","from":{"last":3},"mq_limit":10,"filter":{})")};
    constexpr std::string_view alphabet = "{}[]\",:\\ue0129Tt+-.Z\x7f\xc2\x80";
    std::mt19937 random(1);
    Parser parser;
    for (const std::string& seed : seeds) {
        REQUIRE(std::holds_alternative<const Subscribe*>(parser.parse(seed).front().payload));
    }
    std::size_t read = 0;
    for (int round = 0; round < 60000; ++round) {
        std::string frame = seeds[random() % seeds.size()];
        for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
            const std::size_t at = random() % frame.size();
            switch (random() % 3) {
                case 0:
                    frame[at] = alphabet[random() % alphabet.size()];
                    break;
                case 1:
                    frame.erase(at, 1 + random() % 6);
                    break;
                default:
                    frame.insert(at, 1, alphabet[random() % alphabet.size()]);
            }
            if (frame.empty()) frame = "x";
        }
        CAPTURE(frame);
        const auto requests = parser.parse(frame);
        REQUIRE_FALSE(requests.empty());
        const auto* found = std::get_if<const Subscribe*>(&requests.front().payload);
        if (!found) continue;
        ++read;
        const Subscribe& options = **found;
        CHECK_FALSE(options.topics.empty());
        if (options.sub) CHECK((options.sub->size() >= 1 && options.sub->size() <= 64));
        if (options.keys) CHECK_FALSE(options.keys->empty());
        if (options.max_unacked) CHECK((*options.max_unacked >= 1 && options.client_ack));
        if (options.filter)
            CHECK((options.filter->front() == '{' && options.filter->back() == '}'));
        if (!options.from) continue;
        if (const auto* since = std::get_if<Subscribe::Since>(&*options.from)) {
            CHECK(since->timestamp >= 0);
        } else if (const auto* last = std::get_if<Subscribe::Last>(&*options.from)) {
            CHECK(last->count >= 1);
        } else if (const auto* cursor = std::get_if<Subscribe::Cursor>(&*options.from)) {
            for (const PositionView& position : *cursor) {
                CHECK((position.partition >= 0 && position.offset >= 0));
            }
        }
    }
    CHECK(read > 1000);
}

}  // namespace
