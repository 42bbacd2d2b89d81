#include "engineio/payload.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "wire/base64.hpp"
#include "wire/escape.hpp"

namespace gateway::engineio {
namespace {

constexpr char separator = '\x1e';
constexpr char base64_mark = 'b';
constexpr char length_end = '\xff';

/// Far more than any payload's, and its product with ten is a number still.
constexpr std::size_t max_length = 1 << 30;

bool is_continuation(char byte) { return (byte & 0xC0) == 0x80; }

/// How many UTF-16 units a UTF-8 character counts that begins with this byte.
std::size_t units_of(char lead) { return static_cast<unsigned char>(lead) >= 0xF0 ? 2 : 1; }

std::size_t count_units(std::string_view text) {
    std::size_t count = 0;
    for (const char byte : text) count += is_continuation(byte) ? 0 : units_of(byte);
    return count;
}

/// The beginning of `text` that counts so many units.
std::optional<std::string_view> take_units(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    while (count > 0 && at < text.size()) {
        const std::size_t units = units_of(text[at]);
        if (units > count) return std::nullopt;
        count -= units;
        do ++at;
        while (at < text.size() && is_continuation(text[at]));
    }
    if (count > 0) return std::nullopt;
    return text.substr(0, at);
}

/// The number that `digits`, each `zero` and what it counts, write.
std::optional<std::size_t> read_length(std::string_view digits, char zero) {
    if (digits.empty()) return std::nullopt;
    std::size_t length = 0;
    for (const char digit : digits) {
        const auto value = static_cast<unsigned char>(digit - zero);
        if (value > 9) return std::nullopt;
        length = length * 10 + value;
        if (length > max_length) return std::nullopt;
    }
    return length;
}

bool is_ascii(std::string_view text) {
    return std::ranges::none_of(text, [](char byte) { return (byte & 0x80) != 0; });
}

/// Whether the characters of `text` are the bytes of another UTF-8 text, which goes to `out`.
bool decode_again(std::string_view text, std::string& out) {
    if (is_ascii(text)) return false;
    out.clear();
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            out += text[at];
        } else if (byte == 0xC2 || byte == 0xC3) {
            // U+0080 to U+00FF, in two bytes.
            out += static_cast<char>((byte << 6) | (text[++at] & 0x3F));
        } else {
            return false;
        }
    }
    return is_utf8(out);
}

void append_text(std::string& out, const Packet& packet) {
    out += static_cast<char>('0' + static_cast<int>(packet.type));
    out += packet.data;
}

std::string in_base64(Revision revision, const Packet& packet) {
    std::string text(1, base64_mark);
    if (revision == Revision::v3) text += '4';
    append_base64(text, packet.data);
    return text;
}

std::string write_separated(std::span<const Packet> packets) {
    std::string body;
    for (const Packet& packet : packets) {
        if (!body.empty()) body += separator;
        if (packet.is_binary) {
            body += in_base64(Revision::v4, packet);
        } else {
            append_text(body, packet);
        }
    }
    return body;
}

std::string write_counted(std::span<const Packet> packets) {
    std::string body;
    for (const Packet& packet : packets) {
        if (packet.is_binary) {
            const std::string text = in_base64(Revision::v3, packet);
            body.append(fmt::format_int(text.size()).c_str()).append(":").append(text);
        } else {
            body.append(fmt::format_int(count_units(packet.data) + 1).c_str()).append(":");
            append_text(body, packet);
        }
    }
    return body;
}

std::string write_framed(std::span<const Packet> packets) {
    std::string body;
    for (const Packet& packet : packets) {
        body += packet.is_binary ? '\1' : '\0';
        for (const char digit : fmt::format("{}", packet.data.size() + 1)) {
            body += static_cast<char>(digit - '0');
        }
        body += length_end;
        if (packet.is_binary) {
            body += '\4';
            body += packet.data;
        } else {
            append_text(body, packet);
        }
    }
    return body;
}

}  // namespace

PayloadReader::PayloadReader(Revision revision, Payload payload)
    : revision_(revision), payload_(std::move(payload)) {
    const bool may_be_binary = revision == Revision::v3;
    is_malformed_ = payload_.body.empty() || (payload_.is_binary && !may_be_binary) ||
                    (!payload_.is_binary && !is_utf8(payload_.body));
}

PayloadReader::Status PayloadReader::next(Packet& packet) {
    if (!is_malformed_ && at_ == payload_.body.size()) return Status::end;
    if (is_malformed_ || !read(packet)) {
        is_malformed_ = true;
        return Status::malformed;
    }
    return Status::packet;
}

bool PayloadReader::read(Packet& packet) {
    if (revision_ == Revision::v4) return read_separated(packet);
    return payload_.is_binary ? read_framed(packet) : read_counted(packet);
}

bool PayloadReader::read_separated(Packet& packet) {
    const std::string_view rest = std::string_view(payload_.body).substr(at_);
    const std::string_view text = rest.substr(0, rest.find(separator));
    at_ += text.size();
    if (at_ < payload_.body.size() && ++at_ == payload_.body.size()) return false;
    if (text.starts_with(base64_mark)) return decode(text.substr(1), packet);
    const auto parsed = parse_text(text);
    packet = parsed.value_or(Packet());
    return parsed.has_value();
}

bool PayloadReader::read_counted(Packet& packet) {
    const std::string_view rest = std::string_view(payload_.body).substr(at_);
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return false;
    const auto length = read_length(rest.substr(0, colon), '0');
    if (!length) return false;
    const auto text = take_units(rest.substr(colon + 1), *length);
    if (!text) return false;
    at_ += colon + 1 + text->size();
    if (text->starts_with("b4")) return decode(text->substr(2), packet);
    const auto parsed = parse_text(decode_again(*text, decoded_) ? decoded_ : *text);
    packet = parsed.value_or(Packet());
    return parsed.has_value();
}

bool PayloadReader::read_framed(Packet& packet) {
    const std::string_view rest = std::string_view(payload_.body).substr(at_);
    const std::size_t end = rest.find(length_end);
    if (end == std::string_view::npos || end == 0) return false;
    const auto length = read_length(rest.substr(1, end - 1), '\0');
    if (!length || *length > rest.size() - end - 1) return false;
    const std::string_view bytes = rest.substr(end + 1, *length);
    at_ += end + 1 + bytes.size();
    const bool is_binary = rest.front() == 1;
    if (!is_binary && (rest.front() != 0 || !is_utf8(bytes))) return false;
    const auto parsed = is_binary ? parse_binary(Revision::v3, bytes) : parse_text(bytes);
    packet = parsed.value_or(Packet());
    return parsed.has_value();
}

bool PayloadReader::decode(std::string_view base64, Packet& packet) {
    decoded_.clear();
    if (!decode_base64(base64, decoded_)) return false;
    packet = {.is_binary = true, .data = decoded_};
    return true;
}

Payload write_payload(Dialect dialect, std::span<const Packet> packets) {
    if (dialect.revision == Revision::v4) return {.body = write_separated(packets)};
    const bool is_plain = std::ranges::all_of(
        packets, [](const Packet& packet) { return !packet.is_binary && is_ascii(packet.data); });
    if (is_plain || !dialect.takes_binary) return {.body = write_counted(packets)};
    return {.body = write_framed(packets), .is_binary = true};
}

}  // namespace gateway::engineio
