#include "websocketpp/original.hpp"

#include <algorithm>
#include <iterator>

#include <websocketpp/frame.hpp>
#include <websocketpp/utf8_validator.hpp>

namespace original {

Validator::Validator() : validator_(std::make_unique<utf8_validator::validator>()) {}

Validator::~Validator() = default;

bool Validator::decode(std::string_view piece) {
    return validator_->decode(piece.begin(), piece.end());
}

bool Validator::complete() { return validator_->complete(); }

std::size_t prepare_masking_key(const std::uint8_t (&bytes)[4]) {
    frame::masking_key_type key;
    std::copy(std::begin(bytes), std::end(bytes), key.c);
    return frame::prepare_masking_key(key);
}

std::size_t byte_mask_circ(std::uint8_t* data, std::size_t length, std::size_t prepared_key) {
    return frame::byte_mask_circ(data, length, prepared_key);
}

}  // namespace original
