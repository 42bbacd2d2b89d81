#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

enum class Opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The key every frame of this client is masked with. It is a real one, so that the server has to
/// unmask, and always the same, so that frames can be prepared once and sent many times.
inline constexpr std::array<char, 4> mask{0x37, 0x7a, 0x21, 0x3d};

/// Appends a whole frame with this payload, masked. Returns where in `to` the payload begins.
std::size_t append_frame(std::string& to, std::string_view payload, Opcode opcode = Opcode::text);

/// Masks or unmasks `bytes`, which stand `offset` bytes behind the beginning of a payload.
void apply_mask(char* bytes, std::size_t count, std::size_t offset);

/// The head of a frame from the server.
struct FrameHead {
    Opcode opcode = Opcode::text;
    std::size_t head_bytes = 0;  ///< 0: `bytes` does not hold the whole head yet.
    std::size_t payload_bytes = 0;
};

/// Reads the head that `bytes` begins with. Throws std::runtime_error at a fragment: no server
/// that this measures sends any.
[[nodiscard]] FrameHead read_head(std::string_view bytes);

}  // namespace bench
