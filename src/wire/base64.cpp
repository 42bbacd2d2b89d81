#include "wire/base64.hpp"

#include <array>
#include <cstdint>

namespace gateway {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t invalid = 64;

constexpr auto values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(invalid);
    for (std::uint8_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = i;
    }
    return table;
}();

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
    out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) {
            return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
        };
        const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        out.push_back(alphabet[group >> 18]);
        out.push_back(alphabet[group >> 12 & 63]);
        out.push_back(i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=');
        out.push_back(i + 2 < bytes.size() ? alphabet[group & 63] : '=');
    }
}

bool decode_base64(std::string_view text, std::string& out) {
    const std::size_t before = out.size();
    if (text.size() % 4 != 0) return false;
    std::size_t padding = 0;
    while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=')
        ++padding;
    const std::string_view digits = text.substr(0, text.size() - padding);

    out.reserve(before + text.size() / 4 * 3);
    unsigned bits = 0;
    int count = 0;
    for (const char c : digits) {
        const std::uint8_t value = values[static_cast<unsigned char>(c)];
        if (value == invalid) {
            out.resize(before);
            return false;
        }
        bits = bits << 6 | value;
        if ((count += 6) >= 8) {
            count -= 8;
            out.push_back(static_cast<char>(bits >> count & 0xff));
        }
    }
    // RFC 4648, section 3.5: what is left over below the last byte must be zero.
    if ((bits & ((1U << count) - 1)) != 0) {
        out.resize(before);
        return false;
    }
    return true;
}

}  // namespace gateway
