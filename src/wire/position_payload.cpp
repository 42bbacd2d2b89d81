#include <cstdint>
#include <limits>

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

bool read_position(Reader& reader, Reader::Value& value, PositionView& out,
                   std::optional<std::string_view>* sub) {
    enum Key : unsigned { topic, partition, offset, name };
    constexpr std::uint32_t all = 1U << topic | 1U << partition | 1U << offset;
    const auto refuse = [&] {
        return reader.fail(Errc::invalid_payload,
                           R"(a position is an object with "topic", "partition" and "offset")");
    };
    if (!reader.is(value, json_type::object)) return refuse();
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        std::int64_t number = 0;
        if (key == "topic") {
            return reader.once(seen, topic, key) && reader.string(item, key, out.topic);
        }
        if (key == "partition") {
            if (!reader.once(seen, partition, key) ||
                !reader.integer(item, key, 0, std::numeric_limits<std::int32_t>::max(), number)) {
                return false;
            }
            out.partition = static_cast<std::int32_t>(number);
            return true;
        }
        if (key == "offset") {
            return reader.once(seen, offset, key) &&
                   reader.integer(item, key, 0, std::numeric_limits<std::int64_t>::max(),
                                  out.offset);
        }
        if (sub && key == "sub") {
            return reader.once(seen, name, key) && read_sub(reader, item, *sub);
        }
        if (key.find('\\') != std::string_view::npos) {
            return reader.fail(Errc::malformed_message,
                               "a position's keys are written without escapes");
        }
        return reader.check(item);
    });
    return ok && ((seen & all) == all || refuse());
}

}  // namespace gateway
