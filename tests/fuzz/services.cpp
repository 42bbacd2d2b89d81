// What must hold of the payloads of services, commands and events, and of names and patterns of
// events. The input is a payload; its first two lines are a pattern and a name, too.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "services/event_name.hpp"
#include "services/listeners.hpp"
#include "wire/escape.hpp"
#include "wire/json_check.hpp"
#include "wire/parser.hpp"
#include "wire/reply.hpp"

namespace {

using namespace gateway;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// An object that is written field by field.
class Fields {
public:
    Fields& text(std::string_view name, std::string_view json) {
        require(JsonCheck().is_json(json), "what is passed on is JSON");
        out_ += out_.size() > 1 ? "," : "";
        append_string(out_, name);
        out_ += ':';
        out_ += json;
        return *this;
    }
    Fields& string(std::string_view name, std::optional<std::string_view> value) {
        if (!value) return *this;
        std::string json;
        append_string(json, *value);
        return text(name, json);
    }
    Fields& number(std::string_view name, std::int64_t value) {
        return text(name, std::to_string(value));
    }
    [[nodiscard]] std::string take() { return out_ + '}'; }

private:
    std::string out_ = "{";
};

std::optional<std::string_view> unless_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// A payload in one spelling; of requests that are not of services nothing.
struct Write {
    std::string operator()(const Register& wanted) const {
        require(wanted.credit >= 1 && wanted.credit <= 1000000, "credit keeps its bounds");
        Fields out;
        out.string("service", wanted.service).number("credit", wanted.credit);
        std::string names;
        append_strings(names,
                       std::vector<std::string>(wanted.commands.begin(), wanted.commands.end()));
        out.text("commands", names);
        if (wanted.about) out.text("about", *wanted.about);
        return out.take();
    }
    std::string operator()(const Command& command) const {
        require(command.command.size() <= 255 && command.key.size() <= 255, "names are bounded");
        Fields out;
        out.string("service", command.service).string("command", command.command);
        out.text("data", command.data).string("key", unless_empty(command.key));
        if (command.timeout) out.number("timeout", *command.timeout);
        out.text("progress", command.wants_progress ? "true" : "false");
        require(!command.timeout || *command.timeout >= 1, "there is time");
        return out.take();
    }
    std::string operator()(const CancelCommand& which) const {
        return Fields().text("id", which.id).take();
    }
    std::string operator()(const CommandReply& reply) const {
        require(reply.job == "j", "a reply is to what it says");
        require(JsonCheck().is_json(reply.data), "what is passed on is JSON");
        return std::string(reply.data);
    }
    std::string operator()(const Emit& event) const {
        Fields out;
        out.string("name", event.name).string("service", event.service).text("data", event.data);
        return out.take();
    }
    std::string operator()(const Listen& what) const {
        require(what.name || what.service, "something is listened to");
        return Fields().string("name", what.name).string("service", what.service).take();
    }
    std::string operator()(const Unlisten& what) const {
        return Fields().string("name", what.what.name).string("service", what.what.service).take();
    }
    std::string operator()(const Unregister& which) const { return of(which.service); }
    std::string operator()(const ListServices& which) const { return of(which.service); }
    std::string operator()(const Watch& which) const { return of(which.service); }
    std::string operator()(const Unwatch& which) const { return of(which.service); }
    std::string operator()(const Error& error) const {
        require(is_utf8(error.message), "a refusal can be sent");
        return "refused " + std::string(traits_of(error.code).name);
    }
    template <typename Other>
    std::string operator()(const Other&) const {
        return "another request";
    }

    static std::string of(const std::optional<std::string_view>& service) {
        return Fields().string("service", service).take();
    }
};

std::string verdict_on(Parser& parser, std::string_view frame) {
    const auto requests = parser.parse(frame);
    require(!requests.empty(), "every frame is answered");
    return std::visit(Write{}, requests.front().payload);
}

std::string frame_of(std::string_view type, std::string_view action, std::string_view payload) {
    std::string frame = R"({"refid":"j","t":")";
    frame.append(type).append(R"(","a":")").append(action).append(R"(","p":)").append(payload);
    return frame + '}';
}

void check_payload(Parser& parser, std::string_view type, std::string_view action,
                   std::string_view payload) {
    const std::string verdict = verdict_on(parser, frame_of(type, action, payload));
    if (!verdict.starts_with("refused ")) {
        require(verdict_on(parser, frame_of(type, action, verdict)) == verdict,
                "what was read, written again, is read as the same");
    }
    if (!JsonCheck().is_json(payload)) return;
    std::string turned = "{\"p\":";
    turned.append(payload).append(R"(,"a":")").append(action).append(R"(","t":")").append(type);
    require(verdict_on(parser, turned + R"(","refid":"j"})") == verdict,
            "the order of a message's fields is free");
}

bool fits(std::string_view pattern, std::string_view name) {
    while (!pattern.empty() && !name.empty()) {
        const std::string_view wanted = services::take_segment(pattern);
        if (wanted == ">") return true;
        const std::string_view segment = services::take_segment(name);
        if (wanted != "*" && wanted != segment) return false;
    }
    return pattern.empty() && name.empty();
}

void check_names(std::string_view pattern, std::string_view name) {
    using namespace services;
    const EventNameLimits limits;
    const bool is_pattern = !refusal_of_pattern(pattern, limits);
    const bool is_name = !refusal_of_name(name, limits);
    require(!refusal_of_name(pattern, limits) == (is_pattern && !is_wild(pattern)),
            "a pattern without wildcards is a name");
    if (!is_pattern || !is_name) return;
    Listeners listeners;
    const Wanted wanted{.pattern = std::string(pattern)};
    require(listeners.add(ListenerId{1}, wanted), "it is the first");
    std::vector<ListenerId> reached;
    listeners.match({}, name, reached);
    require(reached.size() == (fits(pattern, name) ? 1 : 0), "a pattern means what it says");
    require(listeners.remove(ListenerId{1}, wanted) && listeners.empty(), "nothing is left");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Parser parser;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const char* action : {"register", "unregister", "list", "watch", "unwatch"}) {
        check_payload(parser, "service", action, input);
    }
    for (const char* action : {"send", "cancel", "reply", "progress"}) {
        check_payload(parser, "command", action, input);
    }
    for (const char* action : {"emit", "on", "off"}) {
        check_payload(parser, "event", action, input);
    }
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string_view rest = input.substr(std::min(line + 1, input.size()));
    check_names(input.substr(0, line), rest.substr(0, rest.find('\n')));
    return 0;
}
