#include "engineio/packet.hpp"

#include <utility>

namespace gateway::engineio {
namespace {

constexpr std::string_view digits = "0123456";
constexpr char message_byte = 4;

}  // namespace

std::optional<Packet> parse_text(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const std::size_t number = digits.find(text.front());
    if (number == std::string_view::npos) return std::nullopt;
    return Packet{.type = static_cast<PacketType>(number), .data = text.substr(1)};
}

std::optional<Packet> parse_binary(Revision revision, std::string_view bytes) {
    if (revision == Revision::v4) return Packet{.is_binary = true, .data = bytes};
    if (bytes.empty() || bytes.front() != message_byte) return std::nullopt;
    return Packet{.is_binary = true, .data = bytes.substr(1)};
}

std::string write_text(PacketType type, std::string data) {
    data.insert(data.begin(), digits[static_cast<std::size_t>(type)]);
    return data;
}

std::string write_binary(Revision revision, std::string bytes) {
    if (revision == Revision::v3) bytes.insert(bytes.begin(), message_byte);
    return bytes;
}

}  // namespace gateway::engineio
