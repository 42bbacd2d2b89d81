#include "routing/codec.hpp"

namespace gateway::routing {

namespace {

std::optional<Error> decode(std::string_view frame, std::string& json) {
    json += frame;
    return std::nullopt;
}

Result<std::string_view> encode(std::string_view message, const Outline::Value&, std::string&) {
    return message;
}

}  // namespace

constinit const Codec json_codec{
    .name = "json",
    .content_type = "application/json",
    .is_binary = false,
    .decode = decode,
    .encode = encode,
};

}  // namespace gateway::routing
