// What must hold of the payload of any request, and of what a subscribe is read as. The input is a
// payload, or an object's fields, each in a line.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wire/escape.hpp"
#include "wire/json_check.hpp"
#include "wire/parser.hpp"
#include "wire/reply.hpp"

namespace {

using gateway::Error;
using gateway::Parser;
using gateway::PositionView;
using gateway::Request;
using gateway::Subscribe;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Writes the fields of an object that are not what they are when left out.
class Fields {
public:
    void text(std::string_view name, std::string_view json) {
        out_ += out_.empty() ? '{' : ',';
        gateway::append_string(out_, name);
        out_ += ':';
        out_ += json;
    }
    void string(std::string_view name, std::string_view value) {
        std::string json;
        gateway::append_string(json, value);
        text(name, json);
    }
    void number(std::string_view name, std::int64_t value) { text(name, std::to_string(value)); }
    void flag(std::string_view name, bool value) {
        if (value) text(name, "true");
    }
    void strings(std::string_view name, const std::vector<std::string_view>& values) {
        std::string json;
        gateway::append_strings(json, std::vector<std::string>(values.begin(), values.end()));
        text(name, json);
    }

    std::string take() { return std::exchange(out_, {}) + '}'; }

private:
    std::string out_;
};

struct WriteFrom {
    std::string operator()(const Subscribe::Latest&) const { return R"("latest")"; }
    std::string operator()(const Subscribe::Earliest&) const { return R"("earliest")"; }
    std::string operator()(const Subscribe::Since& since) const {
        require(since.timestamp >= 0, "a time is not before 1970");
        return "{\"timestamp\":" + std::to_string(since.timestamp) + "}";
    }
    std::string operator()(const Subscribe::Last& last) const {
        require(last.count >= 1, "at least the last record is asked for");
        return "{\"last\":" + std::to_string(last.count) + "}";
    }
    std::string operator()(const Subscribe::Cursor& cursor) const {
        std::string out = "[";
        for (const PositionView& each : cursor) {
            require(each.partition >= 0 && each.offset >= 0, "a position can be");
            if (out.size() > 1) out += ',';
            gateway::append_position(out, each.topic, each.partition, each.offset);
        }
        const auto follows = [](const PositionView& one, const PositionView& two) {
            return std::pair(one.topic, one.partition) >= std::pair(two.topic, two.partition);
        };
        require(std::ranges::adjacent_find(cursor, follows) == cursor.end(),
                "a cursor has each partition once, in order");
        return out + ']';
    }
};

void check(const Subscribe& options) {
    const bool is_broadcast = options.mode == Subscribe::Mode::broadcast;
    require(!options.topics.empty(), "there is a topic");
    require(!options.sub || (!options.sub->empty() && options.sub->size() <= 64),
            "a name keeps its bounds");
    require(!options.keys || !options.keys->empty(), "there is a key where there are keys");
    require(!options.filter ||
                (options.filter->starts_with('{') && gateway::JsonCheck().is_json(*options.filter)),
            "a filter is an object");
    require(!is_broadcast || (!options.consumer_group && !options.client_ack),
            "a broadcast commits nothing");
    require(!options.snapshot || (is_broadcast && !options.from),
            "a snapshot is a broadcast and begins by itself");
    require(!options.max_unacked || (options.client_ack && *options.max_unacked >= 1),
            "a window is a client's, and takes something");
}

/// The payload in one spelling.
std::string text_of(const Subscribe& options) {
    constexpr const char* slows[] = {"pause", "drop", "conflate", "close"};
    check(options);
    Fields out;
    out.strings("t", options.topics);
    if (options.consumer_group) out.string("consumer_group", *options.consumer_group);
    out.flag("meta", options.meta);
    if (options.decode_json) out.string("decode", "json");
    if (options.mq_limit) out.number("mq_limit", static_cast<std::int64_t>(*options.mq_limit));
    if (options.mq_interval) {
        out.number("mq_interval", *options.mq_interval);
    } else if (options.has_mq_interval) {
        out.text("mq_interval", "null");
    }
    if (options.sub) out.string("sub", *options.sub);
    if (options.wants_positions) {
        out.string("mode", options.mode == Subscribe::Mode::broadcast ? "broadcast" : "group");
    }
    if (options.from) out.text("from", std::visit(WriteFrom{}, *options.from));
    out.flag("snapshot", options.snapshot);
    if (options.filter) out.text("filter", *options.filter);
    if (options.keys) out.strings("keys", *options.keys);
    if (options.flow == Subscribe::Flow::pull) out.string("flow", "pull");
    if (options.client_ack) out.string("ack", "client");
    if (options.max_unacked) {
        out.number("max_unacked", static_cast<std::int64_t>(*options.max_unacked));
    }
    out.string("slow", slows[static_cast<std::size_t>(options.slow)]);
    return out.take();
}

/// What a request is read as: a subscribe's text, or the code of its refusal.
std::string verdict_on(const Request& request) {
    if (const auto* error = std::get_if<Error>(&request.payload)) {
        require(gateway::is_utf8(error->message), "a refusal can be sent");
        return std::string(gateway::traits_of(error->code).name);
    }
    const auto* options = std::get_if<const Subscribe*>(&request.payload);
    return options ? text_of(**options) : "another request";
}

std::string verdict_on(Parser& parser, std::string_view frame) {
    const auto requests = parser.parse(frame);
    require(!requests.empty(), "every frame is answered");
    return verdict_on(requests.front());
}

std::string frame_of(std::string_view type, std::string_view action, std::string_view payload) {
    std::string frame = R"({"id":1,"t":")";
    frame.append(type).append(R"(","a":")").append(action).append(R"(","p":)").append(payload);
    return frame + '}';
}

void check_subscribe(Parser& parser, std::string_view payload) {
    const std::string frame = frame_of("topic", "subscribe", payload);
    const std::string verdict = verdict_on(parser, frame);
    if (verdict.starts_with('{')) {
        require(verdict_on(parser, frame_of("topic", "subscribe", verdict)) == verdict,
                "what was read, written again, is read as the same");
    }
    if (!gateway::JsonCheck().is_json(payload)) return;

    std::string turned = "{\"p\":";
    turned.append(payload).append(R"(,"a":"subscribe","t":"topic"})");
    require(verdict_on(parser, turned) == verdict, "the order of a message's fields is free");

    const auto requests = parser.parse("[" + frame + "," + frame + "]");
    require(requests.size() == 2, "each message of an array is answered");
    require(verdict_on(requests[0]) == verdict && verdict_on(requests[1]) == verdict,
            "messages of an array are read as by themselves");
}

/// A payload of the fields that stand in the input's lines. One that is refused by itself is left
/// out, so that one mistake does not hide what the others mean together.
std::string joined(Parser& parser, std::string_view input) {
    std::string payload = "{\"t\":[\"x\"]";
    while (!input.empty()) {
        const std::size_t end = std::min(input.find('\n'), input.size());
        const std::string field = "," + std::string(input.substr(0, end));
        input.remove_prefix(std::min(end + 1, input.size()));
        const auto alone = frame_of("topic", "subscribe", "{\"t\":[\"x\"]" + field + "}");
        if (verdict_on(parser, alone).starts_with('{')) payload += field;
    }
    return payload + "}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Parser parser;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_subscribe(parser, input);
    check_subscribe(parser, joined(parser, input));
    for (const char* action : {"create", "list", "unsubscribe", "pause", "resume"}) {
        (void)verdict_on(parser, frame_of("topic", action, input));
    }
    for (const char* action : {"create", "pull", "ack", "filter"}) {
        (void)verdict_on(parser, frame_of("notif", action, input));
    }
    return 0;
}
