#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

bool read_config(Reader& reader, Reader::Value& value, NewTopic& out) {
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "config must be an object");
    }
    return for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        std::string_view text;
        const bool ok = reader.is(item, json_type::string) ? reader.string(item, "config", text)
                                                           : reader.text(item, text);
        if (ok && text.find('\0') != std::string_view::npos) {
            return reader.fail(Errc::invalid_payload, "a topic's setting has no NUL in it");
        }
        out.config.emplace_back(key, text);
        return ok;
    });
}

bool read_new_topic(Reader& reader, Reader::Value& value, NewTopic& out) {
    if (reader.is(value, json_type::string)) return reader.string(value, "p", out.topic);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload,
                           "p must be an array of topic names or of objects with \"topic\"");
    }
    std::uint32_t seen = 0;
    std::int64_t number = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "topic") {
            return reader.once(seen, 0, "topic") && reader.string(item, "topic", out.topic);
        }
        if (key == "partitions") {
            if (!reader.once(seen, 1, "partitions") ||
                !reader.integer(item, "partitions", 1, std::numeric_limits<std::int32_t>::max(),
                                number)) {
                return false;
            }
            out.partitions = static_cast<std::int32_t>(number);
            return true;
        }
        if (key == "replication") {
            if (!reader.once(seen, 2, "replication") ||
                !reader.integer(item, "replication", 1, std::numeric_limits<std::int16_t>::max(),
                                number)) {
                return false;
            }
            out.replication = static_cast<std::int16_t>(number);
            return true;
        }
        if (key == "config") {
            return reader.once(seen, 3, "config") && read_config(reader, item, out);
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; a topic may have topic, partitions, "
                                       "replication, config",
                                       key));
    });
    if (ok && !(seen & 1U)) return reader.fail(Errc::invalid_payload, "an object lacks \"topic\"");
    return ok;
}

}  // namespace

bool read_create_topics(Reader& reader, Reader::Value& value, CreateTopics& out) {
    if (!reader.is(value, json_type::array)) {
        return reader.fail(Errc::invalid_payload,
                           "p must be an array of topic names or of objects with \"topic\"");
    }
    const bool ok = for_each_element(reader, value, [&](Reader::Value& item) {
        return read_new_topic(reader, item, out.topics.emplace_back());
    });
    if (ok && out.topics.empty()) {
        return reader.fail(Errc::invalid_payload, "p names no topic");
    }
    return ok;
}

bool read_list_topics(Reader& reader, Reader::Value& value, ListTopics& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "p must be left out, or {\"broker\"}");
    }
    std::uint32_t seen = 0;
    return for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key != "broker") {
            return reader.fail(Errc::invalid_payload,
                               fmt::format("unknown field \"{}\"; p may have broker", key));
        }
        std::string_view name;
        if (!reader.once(seen, 0, "p.broker") || !reader.string(item, "p.broker", name)) {
            return false;
        }
        out.broker = name;
        return true;
    });
}

bool read_unsubscribe(Reader& reader, Reader::Value& value, Unsubscribe& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be left out, or {"t"}, or {"sub"})");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "t") {
            return reader.once(seen, 0, "p.t") && reader.strings(item, "p.t", out.topics.emplace());
        }
        if (key == "sub") {
            if (!reader.once(seen, 1, "p.sub")) return false;
            auto& subs = out.subs.emplace();
            if (reader.is(item, json_type::array)) return reader.strings(item, "p.sub", subs);
            return reader.string(item, "p.sub", subs.emplace_back());
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have t, sub", key));
    });
    if (ok && out.topics && out.subs) {
        return reader.fail(Errc::invalid_payload,
                           "p.t does not go with p.sub: name topics, or whole subscriptions");
    }
    return ok;
}

}  // namespace gateway
