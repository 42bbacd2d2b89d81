#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <doctest/doctest.h>
#include <websocketpp/frame.hpp>

#include "websocketpp/original.hpp"

namespace frame = websocketpp::frame;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};

Bytes noise(std::size_t size) {
    std::mt19937 random(7);
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

TEST_CASE("the mask is RFC 6455's at every alignment, length and key offset") {
    constexpr std::size_t margin = 16;
    const std::size_t start = frame::prepare_masking_key(
        frame::masking_key_type{.i = std::uint32_t{key[0]} | std::uint32_t{key[1]} << 8 |
                                     std::uint32_t{key[2]} << 16 | std::uint32_t{key[3]} << 24});
    REQUIRE(start == original::prepare_masking_key(key));

    for (std::size_t alignment = 0; alignment < 8; ++alignment) {
        for (std::size_t offset = 0; offset < 8; ++offset) {
            const std::size_t shifted = frame::circshift_prepared_key(start, offset);
            for (std::size_t length = 0; length < 140; ++length) {
                const Bytes before = noise(margin + alignment + length + margin);
                const std::size_t first = margin + alignment;

                Bytes ours = before;
                const auto our_key = frame::byte_mask_circ(ours.data() + first, length, shifted);
                Bytes theirs = before;
                const auto their_key =
                    original::byte_mask_circ(theirs.data() + first, length, shifted);
                Bytes plain = before;
                for (std::size_t i = 0; i < length; ++i) plain[first + i] ^= key[(offset + i) % 4];

                REQUIRE(ours == plain);
                REQUIRE(ours == theirs);
                REQUIRE(our_key == their_key);
            }
        }
    }
}

TEST_CASE("a payload that comes in pieces is masked as the whole would be") {
    const Bytes before = noise(1000);
    const std::size_t start = original::prepare_masking_key(key);
    Bytes whole = before;
    static_cast<void>(frame::byte_mask_circ(whole.data(), whole.size(), start));

    for (std::size_t step = 1; step < 80; ++step) {
        Bytes pieces = before;
        std::size_t running = start;
        for (std::size_t at = 0; at < pieces.size(); at += step) {
            running = frame::byte_mask_circ(pieces.data() + at, std::min(step, pieces.size() - at),
                                            running);
        }
        CHECK(pieces == whole);
    }
}

TEST_CASE("masking from one buffer into another leaves the first as it was") {
    const Bytes before = noise(77);
    Bytes input = before;
    Bytes output(before.size());
    const std::size_t start = original::prepare_masking_key(key);
    static_cast<void>(frame::byte_mask_circ(input.data(), output.data(), input.size(), start));

    CHECK(input == before);
    for (std::size_t i = 0; i < output.size(); ++i) CHECK(output[i] == (before[i] ^ key[i % 4]));
}

}  // namespace
