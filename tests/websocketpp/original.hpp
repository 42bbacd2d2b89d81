#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

/// websocketpp's own validator and mask, from the headers that the overlay stands in front of. The
/// two cannot be included into one program under one name: original.cpp is compiled with
/// `websocketpp` renamed to `original`, and this header is what it shows.
namespace original {

namespace utf8_validator {
class validator;
}

/// The verdicts of the original's utf8_validator::validator on one message.
class Validator {
public:
    Validator();
    ~Validator();

    /// False if decoding this piece ended at an invalid byte.
    [[nodiscard]] bool decode(std::string_view piece);
    /// Whether what came so far may end here.
    [[nodiscard]] bool complete();

private:
    std::unique_ptr<utf8_validator::validator> validator_;
};

/// frame::prepare_masking_key of the key that is these four bytes.
[[nodiscard]] std::size_t prepare_masking_key(const std::uint8_t (&bytes)[4]);

/// frame::byte_mask_circ in place; returns the key for what follows.
[[nodiscard]] std::size_t byte_mask_circ(std::uint8_t* data, std::size_t length,
                                         std::size_t prepared_key);

}  // namespace original
