#include "services/uuid.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace gateway::services {
namespace {

constexpr std::size_t length = 36;

constexpr bool is_hyphen_at(std::size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

std::optional<unsigned> digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

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
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", uuid.high >> 32,
                       (uuid.high >> 16) & 0xFFFF, uuid.high & 0xFFFF, uuid.low >> 48,
                       uuid.low & 0xFFFFFFFFFFFF);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != length) return std::nullopt;
    std::array<std::uint64_t, 2> halves{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < length; ++i) {
        if (is_hyphen_at(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const auto digit = digit_of(text[i]);
        if (!digit) return std::nullopt;
        std::uint64_t& half = halves[digits++ / 16];
        half = half << 4 | *digit;
    }
    return Uuid{.high = halves[0], .low = halves[1]};
}

}  // namespace gateway::services
