#include "services/uuid.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace gateway::services {
namespace {

constexpr std::size_t length = 36;

constexpr bool is_hyphen_at(std::size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

constexpr std::uint8_t no_digit = 16;

/// The value of each hexadecimal digit.
constexpr auto digits = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = i + 10;
    return values;
}();

/// Random words in stock: asking the system costs more than a job does.
class Stock {
public:
    std::uint64_t take() {
        if (left_ == 0) fill();
        std::uint64_t word = 0;
        std::swap(word, words_[--left_]);
        return word;
    }

private:
    void fill() {
        // Up to 256 bytes come whole (getrandom(2)).
        if (getrandom(words_.data(), sizeof words_, 0) != ssize_t{sizeof words_}) {
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        left_ = words_.size();
    }

    std::array<std::uint64_t, 32> words_{};
    std::size_t left_ = 0;
};

}  // namespace

Uuid random_uuid() {
    thread_local Stock stock;
    constexpr std::uint64_t version = 0xF000;
    constexpr std::uint64_t variant = std::uint64_t{3} << 62;
    return {.high = (stock.take() & ~version) | 0x4000,
            .low = (stock.take() & ~variant) | (std::uint64_t{2} << 62)};
}

std::string to_string(const Uuid& uuid) {
    std::string text(length, '-');
    std::size_t place = length;
    for (std::uint64_t half : {uuid.low, uuid.high}) {
        for (int i = 0; i < 16; ++i, half >>= 4) {
            if (is_hyphen_at(--place)) --place;
            text[place] = "0123456789abcdef"[half & 0xF];
        }
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != length) return std::nullopt;
    std::array<std::uint64_t, 2> halves{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < length; ++i) {
        if (is_hyphen_at(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const std::uint8_t digit = digits[static_cast<std::uint8_t>(text[i])];
        if (digit == no_digit) return std::nullopt;
        std::uint64_t& half = halves[count++ / 16];
        half = half << 4 | digit;
    }
    return Uuid{.high = halves[0], .low = halves[1]};
}

}  // namespace gateway::services
