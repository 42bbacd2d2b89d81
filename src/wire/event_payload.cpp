#include <cstdint>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

bool read_emit(Reader& reader, Reader::Value& value, Emit& out) {
    enum Key : unsigned { name, service, data };
    if (!reader.is(value, simdjson::ondemand::json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be an object with "name")");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "name") {
            return reader.once(seen, name, "p.name") && reader.string(item, "p.name", out.name);
        }
        if (key == "service") {
            return reader.once(seen, service, "p.service") &&
                   reader.string(item, "p.service", out.service.emplace());
        }
        if (key == "data") {
            return reader.once(seen, data, "p.data") && reader.text(item, out.data);
        }
        return reader.fail(
            Errc::invalid_payload,
            fmt::format("unknown field \"{}\"; p may have name, service, data", key));
    });
    if (ok && !(seen & 1U << name)) return reader.fail(Errc::invalid_payload, "p lacks \"name\"");
    return ok;
}

bool read_listen(Reader& reader, Reader::Value& value, Listen& out) {
    if (!reader.is(value, simdjson::ondemand::json_type::object)) {
        return reader.fail(Errc::invalid_payload,
                           R"(p must be an object with "name", "service" or both)");
    }
    std::uint32_t seen = 0;
    return for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "name") {
            return reader.once(seen, 0, "p.name") &&
                   reader.string(item, "p.name", out.name.emplace());
        }
        if (key == "service") {
            return reader.once(seen, 1, "p.service") &&
                   reader.string(item, "p.service", out.service.emplace());
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have name, service", key));
    });
}

}  // namespace gateway
