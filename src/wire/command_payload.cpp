#include <cstdint>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

constexpr std::int64_t max_timeout_ms = 24 * 3600 * 1000;
constexpr std::size_t max_key_bytes = 255;
constexpr std::size_t max_command_bytes = 255;

bool read_name(Reader& reader, Reader::Value& value, std::string_view& out) {
    if (!reader.string(value, "p.command", out)) return false;
    return out.size() <= max_command_bytes ||
           reader.fail(Errc::invalid_payload,
                       fmt::format("p.command must be at most {} bytes", max_command_bytes));
}

bool read_timeout(Reader& reader, Reader::Value& value, std::optional<std::uint32_t>& out) {
    std::int64_t number = 0;
    if (!reader.integer(value, "p.timeout", 1, max_timeout_ms, number)) return false;
    out = static_cast<std::uint32_t>(number);
    return true;
}

bool read_key(Reader& reader, Reader::Value& value, std::string_view& out) {
    if (!reader.string(value, "p.key", out)) return false;
    if (!out.empty() && out.size() <= max_key_bytes) return true;
    return reader.fail(Errc::invalid_payload,
                       fmt::format("p.key must be 1 to {} bytes", max_key_bytes));
}

}  // namespace

bool read_command(Reader& reader, Reader::Value& value, Command& out) {
    enum Key : unsigned { service, command, data, timeout, key, progress };
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be an object with "service")");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view name, Reader::Value& item) {
        if (name == "service") {
            return reader.once(seen, service, "p.service") &&
                   reader.string(item, "p.service", out.service);
        }
        if (name == "command") {
            return reader.once(seen, command, "p.command") && read_name(reader, item, out.command);
        }
        if (name == "data") {
            return reader.once(seen, data, "p.data") && reader.text(item, out.data);
        }
        if (name == "timeout") {
            return reader.once(seen, timeout, "p.timeout") &&
                   read_timeout(reader, item, out.timeout);
        }
        if (name == "key") {
            return reader.once(seen, key, "p.key") && read_key(reader, item, out.key);
        }
        if (name == "progress") {
            return reader.once(seen, progress, "p.progress") &&
                   reader.boolean(item, "p.progress", out.wants_progress);
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have service, command, data, "
                                       "timeout, key, progress",
                                       name));
    });
    if (ok && !(seen & 1U << service)) {
        return reader.fail(Errc::invalid_payload, "p lacks \"service\"");
    }
    return ok;
}

bool read_cancel(Reader& reader, Reader::Value& value, CancelCommand& out) {
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be an object with "id")");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "id") {
            if (!reader.once(seen, 0, "p.id")) return false;
            if (!reader.is(item, json_type::number) && !reader.is(item, json_type::string)) {
                return reader.fail(Errc::invalid_payload, "p.id must be a number or a string");
            }
            return reader.text(item, out.id);
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have id", key));
    });
    if (ok && seen == 0) return reader.fail(Errc::invalid_payload, "p lacks \"id\"");
    return ok;
}

bool read_reply_fields(Reader& reader, const ReplyFields& fields, Request& out) {
    auto* reply = std::get_if<CommandReply>(&out.payload);
    if (!reply) return true;
    if (!fields.refid) {
        return reader.fail(Errc::invalid_payload,
                           "\"refid\" must be the id of the request that this answers");
    }
    reply->job = *fields.refid;
    if (out.action == Action::progress) {
        return fields.status.empty() ||
               reader.fail(Errc::invalid_payload, "\"s\" is for the reply, the last word");
    }
    reply->is_failure = fields.status == "1";
    return fields.status.empty() || fields.status == "0" || reply->is_failure ||
           reader.fail(Errc::invalid_payload, "\"s\" must be 0 or 1");
}

}  // namespace gateway
