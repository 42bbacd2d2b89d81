#include <cstdint>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

}  // namespace

bool read_filter(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "p.filter must be an object, or null");
    }
    return reader.text(value, out.emplace());
}

bool read_keys(Reader& reader, Reader::Value& value,
               std::optional<std::vector<std::string_view>>& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    return reader.strings(value, "p.keys", out.emplace());
}

bool read_change_filter(Reader& reader, Reader::Value& value, ChangeFilter& out) {
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be an object with "filter")");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "filter") {
            return reader.once(seen, 0, "p.filter") && read_filter(reader, item, out.filter);
        }
        if (key == "keys") {
            out.has_keys = true;
            return reader.once(seen, 1, "p.keys") && read_keys(reader, item, out.keys);
        }
        if (key == "sub") return reader.once(seen, 2, "p.sub") && read_sub(reader, item, out.sub);
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have filter, keys, sub", key));
    });
    return ok && (seen & 1U || reader.fail(Errc::invalid_payload,
                                           "p lacks \"filter\"; null lets everything through"));
}

}  // namespace gateway
