#include "load/frame.hpp"

#include <cstring>
#include <stdexcept>

namespace bench {

namespace {

constexpr std::uint8_t fin = 0x80;
constexpr std::uint8_t masked = 0x80;

void append_big_endian(std::string& to, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        to.push_back(static_cast<char>(value >> shift));
    }
}

}  // namespace

std::size_t append_frame(std::string& to, std::string_view payload, Opcode opcode) {
    to.push_back(static_cast<char>(fin | static_cast<std::uint8_t>(opcode)));
    if (payload.size() < 126) {
        to.push_back(static_cast<char>(masked | payload.size()));
    } else if (payload.size() <= UINT16_MAX) {
        to.push_back(static_cast<char>(masked | 126));
        append_big_endian(to, payload.size(), 2);
    } else {
        to.push_back(static_cast<char>(masked | 127));
        append_big_endian(to, payload.size(), 8);
    }
    to.append(mask.data(), mask.size());
    const std::size_t start = to.size();
    to.append(payload);
    apply_mask(to.data() + start, payload.size(), 0);
    return start;
}

void apply_mask(char* bytes, std::size_t count, std::size_t offset) {
    std::array<char, 8> pattern{};
    for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = mask[(offset + i) % mask.size()];
    std::uint64_t key = 0;
    std::memcpy(&key, pattern.data(), sizeof key);
    std::size_t at = 0;
    for (; at + sizeof key <= count; at += sizeof key) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, sizeof word);
        word ^= key;
        std::memcpy(bytes + at, &word, sizeof word);
    }
    for (; at < count; ++at) bytes[at] = static_cast<char>(bytes[at] ^ pattern[at % 8]);
}

FrameHead read_head(std::string_view bytes) {
    if (bytes.size() < 2) return {};
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    if ((byte(0) & fin) == 0 || (byte(0) & 0x0f) == 0) {
        throw std::runtime_error("the server sent a fragment");
    }
    FrameHead head{.opcode = static_cast<Opcode>(byte(0) & 0x0f), .payload_bytes = byte(1)};
    std::size_t length_bytes = 0;
    if (head.payload_bytes == 126) length_bytes = 2;
    if (head.payload_bytes == 127) length_bytes = 8;
    if (bytes.size() < 2 + length_bytes) return {};
    if (length_bytes != 0) head.payload_bytes = 0;
    for (std::size_t at = 2; at < 2 + length_bytes; ++at) {
        head.payload_bytes = head.payload_bytes << 8 | byte(at);
    }
    head.head_bytes = 2 + length_bytes;
    return head;
}

}  // namespace bench
