#include <cstdint>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

constexpr std::int64_t max_credit = 1000000;

bool read_names(Reader& reader, Reader::Value& value, std::vector<std::string_view>& out) {
    if (!reader.is(value, json_type::array)) {
        return reader.fail(Errc::invalid_payload, "p.commands must be an array of strings");
    }
    return for_each_element(reader, value, [&](Reader::Value& item) {
        return reader.string(item, fmt::format("p.commands[{}]", out.size()), out.emplace_back());
    });
}

bool read_credit(Reader& reader, Reader::Value& value, std::uint32_t& out) {
    std::int64_t number = 0;
    if (!reader.integer(value, "p.credit", 1, max_credit, number)) return false;
    out = static_cast<std::uint32_t>(number);
    return true;
}

}  // namespace

bool read_register(Reader& reader, Reader::Value& value, Register& out) {
    enum Key : unsigned { service, commands, about, credit };
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be an object with "service")");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "service") {
            return reader.once(seen, service, "p.service") &&
                   reader.string(item, "p.service", out.service);
        }
        if (key == "commands") {
            return reader.once(seen, commands, "p.commands") &&
                   read_names(reader, item, out.commands);
        }
        if (key == "about") {
            return reader.once(seen, about, "p.about") && reader.text(item, out.about.emplace());
        }
        if (key == "credit") {
            return reader.once(seen, credit, "p.credit") && read_credit(reader, item, out.credit);
        }
        return reader.fail(
            Errc::invalid_payload,
            fmt::format("unknown field \"{}\"; p may have service, commands, about, credit", key));
    });
    if (ok && !(seen & 1U << service)) {
        return reader.fail(Errc::invalid_payload, "p lacks \"service\"");
    }
    return ok;
}

bool read_service(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be left out, or {"service"})");
    }
    std::uint32_t seen = 0;
    return for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "service") {
            return reader.once(seen, 0, "p.service") &&
                   reader.string(item, "p.service", out.emplace());
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have service", key));
    });
}

}  // namespace gateway
