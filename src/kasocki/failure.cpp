#include "kasocki/failure.hpp"

#include <fmt/format.h>

#include "wire/escape.hpp"

namespace gateway::kasocki {

namespace {

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::kasocki:
            return "KasockiError";
        case Kind::invalid_topic:
            return "InvalidTopicError";
        case Kind::topic_not_available:
            return "TopicNotAvailableError";
        case Kind::not_subscribed:
            return "NotSubscribedError";
        case Kind::already_subscribed:
            return "AlreadySubscribedError";
        case Kind::already_started:
            return "AlreadyStartedError";
        case Kind::already_closing:
            return "AlreadyClosingError";
        case Kind::invalid_filter:
            return "InvalidFilterError";
        case Kind::invalid_message:
            return "InvalidMessageError";
    }
    return {};
}

}  // namespace

std::string to_json(const Failure& failure, std::string_view socket_event) {
    std::string out = fmt::format(R"({{"name":"{}","message":)", name_of(failure.kind));
    append_string(out, failure.error.message);
    fmt::format_to(std::back_inserter(out), R"(,"origin":"Kasocki","code":"{}")",
                   traits_of(failure.error.code).name);
    if (!socket_event.empty()) {
        out += R"(,"socketEvent":)";
        append_string(out, socket_event);
    }
    if (!failure.details.empty()) out.append(",").append(failure.details);
    out += '}';
    return out;
}

std::string detail(std::string_view name, std::string_view json) {
    constexpr std::size_t longest = 1024;
    return json.size() > longest ? std::string() : fmt::format(R"("{}":{})", name, json);
}

}  // namespace gateway::kasocki
