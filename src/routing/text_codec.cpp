#include "routing/codec.hpp"
#include "wire/escape.hpp"

namespace gateway::routing {

namespace {

/// The member that holds a text, in a message made of one.
constexpr std::string_view member = "text";

std::optional<Error> decode(std::string_view frame, std::string& json) {
    json += R"({"text":)";
    append_string(json, frame);
    json += '}';
    return std::nullopt;
}

/// A message without a text goes as its JSON, which is text as well.
Result<std::string_view> encode(std::string_view message, const Outline::Value& outline,
                                std::string& out) {
    const Outline::Value* const text = outline.field(member);
    if (!text || text->kind != Outline::Kind::string) return message;
    out = text->text;
    return std::string_view(out);
}

}  // namespace

constinit const Codec text_codec{
    .name = "text",
    .content_type = "text/plain; charset=utf-8",
    .is_binary = false,
    .decode = decode,
    .encode = encode,
};

}  // namespace gateway::routing
