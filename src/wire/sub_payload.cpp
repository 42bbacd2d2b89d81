#include <cstdint>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

constexpr std::size_t max_sub_bytes = 64;

/// C0, DEL, and C1, which UTF-8 writes with C2 in front.
bool has_controls(std::string_view text) {
    unsigned char before = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte < 0xa0)) return true;
        before = byte;
    }
    return false;
}

}  // namespace

bool read_sub(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out) {
    std::string_view text;
    if (!reader.string(value, "p.sub", text)) return false;
    if (text.empty() || text.size() > max_sub_bytes || has_controls(text)) {
        return reader.fail(
            Errc::invalid_payload,
            fmt::format("p.sub must be 1 to {} bytes, without control characters", max_sub_bytes));
    }
    out = text;
    return true;
}

bool read_which(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be left out, or {"sub"})");
    }
    std::uint32_t seen = 0;
    return for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "sub") return reader.once(seen, 0, "p.sub") && read_sub(reader, item, out);
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have sub", key));
    });
}

}  // namespace gateway
