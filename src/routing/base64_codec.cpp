#include "routing/codec.hpp"
#include "wire/base64.hpp"
#include "wire/escape.hpp"

namespace gateway::routing {

namespace {

std::optional<Error> decode(std::string_view frame, std::string& json) {
    const std::size_t begin = json.size();
    if (!decode_base64(frame, json) || !is_utf8(std::string_view(json).substr(begin))) {
        return Error(Errc::malformed_message,
                     "a frame at this path is padded base64 of JSON, which is UTF-8");
    }
    return std::nullopt;
}

Result<std::string_view> encode(std::string_view message, const Outline::Value&, std::string& out) {
    out.clear();
    append_base64(out, message);
    return std::string_view(out);
}

}  // namespace

constinit const Codec base64_codec{
    .name = "base64",
    .content_type = "application/json;base64",
    .is_binary = false,
    .decode = decode,
    .encode = encode,
};

}  // namespace gateway::routing
