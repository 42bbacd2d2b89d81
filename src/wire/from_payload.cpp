#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"
#include "wire/timestamp.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

constexpr std::int64_t max_number = std::numeric_limits<std::int64_t>::max();

bool refuse(Reader& reader) {
    return reader.fail(Errc::invalid_payload,
                       "p.from must be \"latest\", \"earliest\", {\"timestamp\"}, {\"last\"} or an "
                       "array of {\"topic\",\"partition\",\"offset\"}");
}

bool read_since(Reader& reader, Reader::Value& value, Subscribe::Since& out) {
    constexpr std::string_view path = "p.from.timestamp";
    if (!reader.is(value, json_type::string)) {
        return reader.integer(value, path, 0, max_number, out.timestamp);
    }
    std::string_view text;
    if (!reader.string(value, path, text)) return false;
    const auto timestamp = parse_timestamp(text);
    if (!timestamp || *timestamp < 0) {
        return reader.fail(
            Errc::invalid_payload,
            fmt::format("{} must be milliseconds since 1970, or a time from then on as in "
                        "\"2024-05-17\" or \"2024-05-17T08:30:00.5+02:00\", with Z or an offset",
                        path));
    }
    out.timestamp = *timestamp;
    return true;
}

bool read_moment(Reader& reader, Reader::Value& value, Subscribe::From& out) {
    int fields = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (++fields > 1) return refuse(reader);
        if (key == "timestamp") return read_since(reader, item, out.emplace<Subscribe::Since>());
        if (key == "last") {
            return reader.integer(item, "p.from.last", 1, max_number,
                                  out.emplace<Subscribe::Last>().count);
        }
        return refuse(reader);
    });
    return ok && (fields == 1 || refuse(reader));
}

bool read_cursor(Reader& reader, Reader::Value& value, Subscribe::Cursor& out) {
    const bool ok = for_each_element(reader, value, [&](Reader::Value& item) {
        return read_position(reader, item, out.emplace_back(), nullptr) ||
               reader.within(fmt::format("p.from[{}]", out.size() - 1));
    });
    if (!ok) return false;

    const auto place = [](const PositionView& position) {
        return std::tie(position.topic, position.partition);
    };
    std::ranges::sort(out, {}, place);
    const auto twice = std::ranges::adjacent_find(out, {}, place);
    if (twice == out.end()) return true;
    return reader.fail(Errc::invalid_payload, fmt::format("p.from names partition {} of {} twice",
                                                          twice->partition, twice->topic));
}

}  // namespace

bool read_from(Reader& reader, Reader::Value& value, Subscribe::From& out) {
    if (reader.is(value, json_type::object)) return read_moment(reader, value, out);
    if (reader.is(value, json_type::array)) {
        return read_cursor(reader, value, out.emplace<Subscribe::Cursor>());
    }
    if (!reader.is(value, json_type::string)) return refuse(reader);
    std::string_view text;
    if (!reader.string(value, "p.from", text)) return false;
    if (text == "latest") return true;
    if (text != "earliest") return refuse(reader);
    out.emplace<Subscribe::Earliest>();
    return true;
}

}  // namespace gateway
