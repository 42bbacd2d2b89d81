#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

}  // namespace

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
