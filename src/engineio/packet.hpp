#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::engineio {

/// Of the Engine.IO protocol, as clients ask for it by `EIO`: 3 is that of Socket.IO 1 and 2, 4
/// that of Socket.IO 3 and later.
enum class Revision : std::uint8_t { v3 = 3, v4 = 4 };

/// In the protocol's order, which is how they are numbered on the wire.
enum class PacketType : std::uint8_t { open, close, ping, pong, message, upgrade, noop };

/// What a client and a server exchange, whatever carries it.
struct Packet {
    PacketType type = PacketType::message;
    bool is_binary = false;   ///< Of a message alone.
    std::string_view data{};  ///< UTF-8, if it is not binary.

    bool operator==(const Packet&) const = default;
};

/// A packet from a WebSocket's text message, or from where one stands as text in a payload. Nothing
/// if `text` is none.
[[nodiscard]] std::optional<Packet> parse_text(std::string_view text);

/// A packet from a WebSocket's binary message, or from where one stands as bytes in a payload.
[[nodiscard]] std::optional<Packet> parse_binary(Revision revision, std::string_view bytes);

/// What `parse_text` reads as a packet of this type and data.
[[nodiscard]] std::string write_text(PacketType type, std::string data = {});

/// What `parse_binary` reads as a message of these bytes.
[[nodiscard]] std::string write_binary(Revision revision, std::string bytes);

}  // namespace gateway::engineio
