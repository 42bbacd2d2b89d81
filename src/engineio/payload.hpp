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

/// How a client writes and reads payloads.
struct Dialect {
    Revision revision = Revision::v4;
    bool takes_binary = true;  ///< It has binary XMLHttpRequests, which only matters in revision 3.
};

/// Takes the packets out of a payload, one by one.
///
/// Revision 4 puts U+001E between them, and binary ones in base64. Revision 3 puts the length
/// before each: in text the UTF-16 units of it, binary ones again in base64; in a binary payload
/// the bytes of it, with strings in UTF-8.
///
/// In the text of revision 3, Socket.IO 1 encodes a packet as UTF-8 twice, and Socket.IO 2 once;
/// nothing else tells them apart. So a packet that can be decoded twice is: what Socket.IO 2 says
/// is taken for something else only where each of its characters that is not ASCII is one that
/// UTF-8 looks like when it is read as Latin-1.
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

/// The payload of these packets.
///
/// In revision 3, what is not ASCII is written as a binary payload to a client that takes such:
/// that is what Socket.IO 1 and 2 both understand. To others it is text as Socket.IO 2 reads it, so
/// that who writes for both has to write ASCII.
[[nodiscard]] Payload write_payload(Dialect dialect, std::span<const Packet> packets);

}  // namespace gateway::engineio
