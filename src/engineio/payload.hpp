#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engineio/packet.hpp"

namespace gateway::engineio {

/// What one HTTP request or reply carries: packets, one after the other.
struct Payload {
    std::string body;
    bool is_binary = false;  ///< Its type is application/octet-stream, otherwise it is text.
};

/// Takes the packets out of a payload, one by one.
///
/// Revision 4 puts U+001E between them, and binary ones in base64. Revision 3 puts the length
/// before each: in text the UTF-16 units of it, binary ones again in base64; in a binary payload
/// the bytes of it, with strings in UTF-8.
///
/// Clients of Socket.IO 1 that are told to have no binary XMLHttpRequest encode the text of a
/// payload as UTF-8 twice. Nothing tells them from later ones, so they are not understood.
class PayloadReader {
public:
    enum class Status : std::uint8_t { packet, end, malformed };

    PayloadReader(Revision revision, Payload payload);

    /// The next packet; its data ends with the following call.
    [[nodiscard]] Status next(Packet& packet);

private:
    [[nodiscard]] bool read(Packet& packet);
    [[nodiscard]] bool read_separated(Packet& packet);
    [[nodiscard]] bool read_counted(Packet& packet);
    [[nodiscard]] bool read_framed(Packet& packet);
    [[nodiscard]] bool decode(std::string_view base64, Packet& packet);

    Revision revision_;
    Payload payload_;
    std::size_t at_ = 0;
    bool is_malformed_ = false;
    std::string decoded_;
};

/// The payload of these packets. With `takes_binary`, revision 3 writes whatever is not ASCII as a
/// binary payload: both Socket.IO 1 and 2 understand that, but not each other's text.
[[nodiscard]] Payload write_payload(Revision revision, bool takes_binary,
                                    std::span<const Packet> packets);

}  // namespace gateway::engineio
