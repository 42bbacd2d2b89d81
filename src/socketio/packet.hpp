#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::socketio {

/// In the protocol's order, which is how they are numbered on the wire.
enum class PacketType : std::uint8_t {
    connect,
    disconnect,
    event,
    ack,
    connect_error,
    binary_event,
    binary_ack,
};

/// What Socket.IO clients and servers exchange in the messages of Engine.IO.
struct Packet {
    PacketType type = PacketType::event;
    std::string_view name_space = "/";
    std::optional<std::uint64_t> id{};  ///< Ties an ack to its event.
    std::uint32_t attachments = 0;      ///< So many binary messages follow and belong to it.
    std::string_view payload{};         ///< JSON, unchecked; empty: none.

    bool operator==(const Packet&) const = default;
};

/// Nothing if `text` is not written as a packet is. The views point into it.
[[nodiscard]] std::optional<Packet> parse_packet(std::string_view text);

/// What `parse_packet` reads as this.
[[nodiscard]] std::string write_packet(const Packet& packet);

}  // namespace gateway::socketio
