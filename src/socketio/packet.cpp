#include "socketio/packet.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace gateway::socketio {
namespace {

constexpr std::string_view digits = "0123456";
constexpr std::string_view main_namespace = "/";

bool has_attachments(PacketType type) {
    return type == PacketType::binary_event || type == PacketType::binary_ack;
}

/// Takes the number that `rest` begins with; false if there is none that fits.
template <typename Number>
bool take_number(std::string_view& rest, Number& number) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
}

}  // namespace

std::optional<Packet> parse_packet(std::string_view text) {
    const std::size_t type = text.empty() ? std::string_view::npos : digits.find(text.front());
    if (type == std::string_view::npos) return std::nullopt;
    Packet packet{.type = static_cast<PacketType>(type)};
    std::string_view rest = text.substr(1);

    if (has_attachments(packet.type)) {
        if (!take_number(rest, packet.attachments) || !rest.starts_with('-')) return std::nullopt;
        rest.remove_prefix(1);
    }
    if (rest.starts_with('/')) {
        packet.name_space = rest.substr(0, rest.find(','));
        rest.remove_prefix(packet.name_space.size());
        if (!rest.empty()) rest.remove_prefix(1);
    }
    if (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
        if (!take_number(rest, packet.id.emplace())) return std::nullopt;
    }
    packet.payload = rest;
    return packet;
}

std::string write_packet(const Packet& packet) {
    std::string text(1, digits[static_cast<std::size_t>(packet.type)]);
    text.reserve(packet.payload.size() + 32);
    if (has_attachments(packet.type)) {
        text.append(fmt::format_int(packet.attachments).c_str()) += '-';
    }
    if (packet.name_space != main_namespace) text.append(packet.name_space) += ',';
    if (packet.id) text.append(fmt::format_int(*packet.id).c_str());
    text += packet.payload;
    return text;
}

}  // namespace gateway::socketio
