#include "routing/codec.hpp"

#include <algorithm>
#include <array>

namespace gateway::routing {

std::span<const Codec* const> codecs() {
    static constexpr std::array all{&json_codec, &text_codec, &msgpack_codec, &base64_codec};
    return all;
}

const Codec* find_codec(std::string_view name) {
    const auto found =
        std::ranges::find(codecs(), name, [](const Codec* codec) { return codec->name; });
    return found == codecs().end() ? nullptr : *found;
}

}  // namespace gateway::routing
