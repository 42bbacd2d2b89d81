#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/result.hpp"
#include "filter/outline.hpp"

namespace gateway::routing {

/// How a client's frame becomes a message, and a message becomes the value of a record. A message
/// is JSON here. Stateless; any thread.
struct Codec {
    std::string_view name;
    std::string_view content_type;  ///< Of what it encodes.
    bool is_binary;                 ///< Its frames are; others are of text.

    /// Appends the JSON that a frame means, or says why it means none.
    std::optional<Error> (*decode)(std::string_view frame, std::string& json);

    /// The value of a record; it lies in `out`, or is the message itself. `outline` is that of the
    /// message.
    Result<std::string_view> (*encode)(std::string_view message, const Outline::Value& outline,
                                       std::string& out);
};

/// All there are. A new one is a file, and a row in codec.cpp.
[[nodiscard]] std::span<const Codec* const> codecs();

/// The one of this name, or null.
[[nodiscard]] const Codec* find_codec(std::string_view name);

extern const Codec json_codec;
extern const Codec text_codec;
extern const Codec msgpack_codec;
extern const Codec base64_codec;

}  // namespace gateway::routing
