#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "engineio/packet.hpp"
#include "engineio/payload.hpp"

namespace gateway::engineio {

/// What leaves to one client, in order: packets that wait for something to carry them, and the
/// count of those that it carries and has not yet written.
///
/// Tells how many of them are messages of the session's user, who wants to know when they are
/// written. Pure.
class Outbound {
public:
    /// What one frame or payload holds, to be given back when it is written.
    struct Carried {
        std::size_t bytes = 0;
        std::size_t messages = 0;
    };
    struct Frame {
        std::string bytes;
        bool is_binary = false;
        Carried carried{};
    };

    explicit Outbound(Dialect dialect) : dialect_(dialect) {}

    void add(PacketType type, std::string data);
    void add_binary(std::string bytes);

    [[nodiscard]] bool is_empty() const { return waiting_.empty(); }

    /// Bytes that wait or are not yet written.
    [[nodiscard]] std::size_t bytes() const { return waiting_bytes_ + under_way_bytes_; }

    /// Takes the next packet, as a message of a WebSocket.
    [[nodiscard]] Frame take_frame();

    /// Takes the next packets, one at least, up to about so many bytes.
    [[nodiscard]] std::pair<Payload, Carried> take_payload(std::size_t max_bytes);

    void written(const Carried& carried) { under_way_bytes_ -= carried.bytes; }

private:
    struct Waiting {
        PacketType type;
        bool is_binary;
        std::string data;
    };

    /// What a packet costs beside its data.
    static constexpr std::size_t overhead = sizeof(Waiting);

    void add(Waiting packet);
    void take(const Waiting& packet, Carried& carried);

    Dialect dialect_;
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::size_t under_way_bytes_ = 0;
};

}  // namespace gateway::engineio
