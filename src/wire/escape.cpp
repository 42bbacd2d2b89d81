#include "wire/escape.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include <simdjson.h>

namespace gateway {

namespace {

constexpr std::uint64_t each_byte(std::uint8_t byte) { return 0x0101010101010101U * byte; }

/// The high bit of each byte that is 0. A byte above a zero may be marked too, never one below it.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
    return (word - each_byte(1)) & ~word & each_byte(0x80);
}

/// How many bytes from the front on need no escape.
std::size_t plain_length(std::string_view text) {
    static_assert(std::endian::native == std::endian::little);
    std::size_t at = 0;
    // Written so that the compiler makes it vector instructions: a third of the time of the words
    // below for long text.
    constexpr std::size_t block = 32;
    for (; at + block <= text.size(); at += block) {
        unsigned found = 0;
        for (std::size_t i = 0; i < block; ++i) {
            const auto c = static_cast<unsigned char>(text[at + i]);
            found |= static_cast<unsigned>(c < 0x20) | static_cast<unsigned>(c == '"') |
                     static_cast<unsigned>(c == '\\');
        }
        if (found != 0) break;
    }
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        const std::uint64_t controls = (word - each_byte(0x20)) & ~word & each_byte(0x80);
        const std::uint64_t found =
            controls | zero_bytes(word ^ each_byte('"')) | zero_bytes(word ^ each_byte('\\'));
        if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20 && text[at] != '"' &&
           text[at] != '\\') {
        ++at;
    }
    return at;
}

constexpr std::size_t short_text = 256;

bool is_ascii(std::string_view text) {
    unsigned char all = 0;
    for (const char c : text) all |= static_cast<unsigned char>(c);
    return all < 0x80;
}

constexpr std::string_view hex = "0123456789abcdef";

/// A UTF-16 unit, escaped.
void append_unit(std::string& out, std::uint32_t unit) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += hex[unit >> shift & 15];
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[static_cast<unsigned char>(c) & 15];
    }
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    // Calling simdjson costs more than reading a short text, which mostly is ASCII.
    return (bytes.size() <= short_text && is_ascii(bytes)) || simdjson::validate_utf8(bytes);
}

void append_string(std::string& out, std::string_view text) {
    out += '"';
    while (true) {
        const std::size_t length = plain_length(text);
        out.append(text.data(), length);
        if (length == text.size()) break;
        append_escaped(out, text[length]);
        text.remove_prefix(length + 1);
    }
    out += '"';
}

std::string to_ascii(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    for (std::size_t at = 0; at < json.size();) {
        const auto lead = static_cast<unsigned char>(json[at]);
        if (lead < 0x80) {
            out += json[at++];
            continue;
        }
        const int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::uint32_t character = lead & (0x7F >> length);
        for (int i = 1; i < length; ++i) character = character << 6 | (json[at + i] & 0x3F);
        at += length;
        if (character < 0x10000) {
            append_unit(out, character);
        } else {
            append_unit(out, 0xD7C0 + (character >> 10));
            append_unit(out, 0xDC00 + (character & 0x3FF));
        }
    }
    return out;
}

}  // namespace gateway
