// What must hold of any name template, any message and any frame of MessagePack. The input's first
// line is a template, the rest a message, and both at once a frame.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "routing/codec.hpp"
#include "routing/name_template.hpp"
#include "wire/escape.hpp"
#include "wire/json_check.hpp"
#include "wire/parser.hpp"

namespace {

using namespace gateway;
using namespace gateway::routing;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

void check_name(std::string_view text, const Outline::Value& message) {
    const auto name = NameTemplate::parse(text);
    if (!name) return require(!name.error().message.empty(), "a refusal has its reason");
    std::string out = "before";
    if (!name->write({message, "n.p.1", "n"}, out)) {
        return require(out == "before", "a name that is not made leaves nothing behind");
    }
    out.erase(0, 6);
    const std::string shortest = name->shortest();
    require(out.starts_with(name->prefix()), "a name keeps its prefix");
    require(!name->is_fixed() || out == text, "a name without fields is what it is");
    require(out.size() >= shortest.size(), "a value takes a byte at least");
    require(std::ranges::count(out, '.') == std::ranges::count(shortest, '.'),
            "no value adds a part to a name");
    for (const char c : out) {
        require(is_name_byte(c) || shortest.find(c) != shortest.npos,
                "no value brings a byte that a name may not have");
    }
}

void check_encoders(std::string_view message, const Outline::Value& outline) {
    for (const Codec* codec : codecs()) {
        std::string bytes;
        const auto value = codec->encode(message, outline, bytes);
        if (!value) {
            require(codec == &msgpack_codec, "only MessagePack cannot hold all numbers");
            continue;
        }
        if (codec == &text_codec) {
            require(is_utf8(*value), "a text is UTF-8");
            continue;
        }
        std::string json;
        require(!codec->decode(*value, json), "what is encoded can be decoded");
        Outline again;
        const Outline::Value* const same = again.read(json);
        require(same != nullptr, "what is decoded is JSON");
        std::string twice;
        const auto second = codec->encode(json, *same, twice);
        require(second && *second == *value, "what is decoded is encoded as the same");
    }
}

void check_message(std::string_view text, std::string_view message) {
    Outline outline;
    const Outline::Value* const value = outline.read(message);
    require((value != nullptr) == JsonCheck().is_json(message), "JSON is JSON everywhere");
    if (!value) return;
    check_name(text, *value);
    check_encoders(message, *value);
    Parser parser;
    for (const Request& request : parser.parse(message)) {
        const auto* foreign = std::get_if<Foreign>(&request.payload);
        if (!foreign) continue;
        require(message.find(foreign->text) != message.npos, "a message is handed on as it stands");
        require(JsonCheck().is_json(foreign->text), "a message of a frame that is JSON is JSON");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(input.find('\n'), size);
    check_message(input.substr(0, line), input.substr(std::min(line + 1, size)));
    for (const Codec* codec : codecs()) {
        if (codec == &json_codec || (codec == &text_codec && !is_utf8(input))) continue;
        std::string json;
        const auto error = codec->decode(input, json);
        if (codec == &base64_codec) continue;
        require(error || JsonCheck().is_json(json), "what a decoder makes is JSON");
    }
    return 0;
}
