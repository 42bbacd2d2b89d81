#include "wire/reply.hpp"

#include <fmt/format.h>

#include "wire/escape.hpp"

namespace gateway {

namespace {

void append_head(std::string& out, const ReplyHead& head) {
    out += R"({"id":)";
    append_number(out, static_cast<std::int64_t>(head.id));
    out += R"(,"refid":)";
    out += head.refid.empty() ? std::string_view("null") : head.refid;
    if (const auto name = name_of(head.type); !name.empty()) {
        out += R"(,"t":")";
        out += name;
        out += '"';
    }
    if (const auto name = name_of(head.action); !name.empty()) {
        out += R"(,"a":")";
        out += name;
        out += '"';
    }
}

}  // namespace

void append_number(std::string& out, std::int64_t number) {
    const fmt::format_int text(number);
    out.append(text.data(), text.size());
}

void append_reply(std::string& out, const ReplyHead& head) {
    append_head(out, head);
    out += R"(,"s":0})";
}

void append_reply(std::string& out, const ReplyHead& head, std::string_view payload) {
    append_head(out, head);
    out += R"(,"s":0,"p":)";
    out += payload;
    out += '}';
}

void append_acknowledged(std::string& out, const ReplyHead& head, std::string_view topic,
                         std::int32_t partition, std::int64_t offset) {
    append_head(out, head);
    out += R"(,"s":0,"p":)";
    append_position(out, topic, partition, offset);
    out += '}';
}

void append_subscribed(std::string& out, const ReplyHead& head, std::string_view payload) {
    append_head(out, head);
    out += R"(,"p":)";
    out += payload;
    out += R"(,"s":0})";
}

void append_subscribed(std::string& out, const ReplyHead& head, std::string_view sub,
                       std::string_view payload, std::string_view positions) {
    append_head(out, head);
    if (!sub.empty()) {
        out += R"(,"sub":)";
        out += sub;
    }
    out += R"(,"p":)";
    out += payload;
    out += R"(,"o":)";
    out += positions;
    out += R"(,"s":0})";
}

void append_failure(std::string& out, const ReplyHead& head, const Error& error,
                    std::string_view results) {
    append_head(out, head);
    out += R"(,"s":1,"p":)";
    append_error(out, error);
    if (!results.empty()) {
        out.pop_back();
        out += R"(,"results":)";
        out += results;
        out += '}';
    }
    out += '}';
}

void append_strings(std::string& out, std::span<const std::string> texts) {
    out += '[';
    for (const std::string& text : texts) {
        if (&text != texts.data()) out += ',';
        append_string(out, text);
    }
    out += ']';
}

void append_position(std::string& out, std::string_view topic, std::int32_t partition,
                     std::int64_t offset) {
    out += R"({"topic":)";
    append_string(out, topic);
    out += R"(,"partition":)";
    append_number(out, partition);
    out += R"(,"offset":)";
    append_number(out, offset);
    out += '}';
}

void append_error(std::string& out, const Error& error) {
    out += R"({"code":")";
    out += traits_of(error.code).name;
    out += R"(","message":)";
    append_string(out, error.message);
    out += '}';
}

}  // namespace gateway
