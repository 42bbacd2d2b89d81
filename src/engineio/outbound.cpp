#include "engineio/outbound.hpp"

#include <utility>
#include <vector>

namespace gateway::engineio {

void Outbound::add(Waiting packet) {
    waiting_bytes_ += packet.data.size() + overhead;
    waiting_.push_back(std::move(packet));
}

void Outbound::add(PacketType type, std::string data) { add({type, false, std::move(data)}); }

void Outbound::add_binary(std::string bytes) { add({PacketType::message, true, std::move(bytes)}); }

void Outbound::take(const Waiting& packet, Carried& carried) {
    const std::size_t bytes = packet.data.size() + overhead;
    waiting_bytes_ -= bytes;
    under_way_bytes_ += bytes;
    carried.bytes += bytes;
    if (packet.type == PacketType::message) ++carried.messages;
}

Outbound::Frame Outbound::take_frame() {
    Waiting packet = std::move(waiting_.front());
    waiting_.pop_front();
    Frame frame{.bytes = {}, .is_binary = packet.is_binary, .carried = {}};
    take(packet, frame.carried);
    frame.bytes = packet.is_binary ? write_binary(dialect_.revision, std::move(packet.data))
                                   : write_text(packet.type, std::move(packet.data));
    return frame;
}

std::pair<Payload, Outbound::Carried> Outbound::take_payload(std::size_t max_bytes) {
    std::vector<Packet> packets;
    Carried carried;
    std::size_t size = 0;
    for (const Waiting& packet : waiting_) {
        size += packet.data.size();
        if (!packets.empty() && size > max_bytes) break;
        packets.push_back({packet.type, packet.is_binary, packet.data});
        take(packet, carried);
    }
    Payload payload = write_payload(dialect_, packets);
    waiting_.erase(waiting_.begin(),
                   waiting_.begin() + static_cast<std::ptrdiff_t>(packets.size()));
    return {std::move(payload), carried};
}

}  // namespace gateway::engineio
