#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "wire/reader.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

/// Calls `read(key, value)` for each field; stops at the first that returns false.
template <typename Read>
bool for_each_field(Reader& reader, Reader::Value& value, Read read) {
    Reader::Object object;
    if (auto error = value.get_object().get(object)) return reader.malformed(error);
    for (auto entry : object) {
        if (auto error = entry.error()) return reader.malformed(error);
        auto& field = entry.value_unsafe();
        if (!read(spelling(field.key()), field.value())) return false;
    }
    return true;
}

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

bool is_reserved(std::string_view key) {
    for (const std::string_view name :
         {"from", "mode", "filter", "keys", "flow", "ack", "slow", "snapshot", "sub"}) {
        if (key == name) return true;
    }
    return false;
}

}  // namespace

bool read_create_topics(Reader& reader, Reader::Value& value, CreateTopics& out) {
    if (!reader.is(value, json_type::array)) {
        return reader.fail(Errc::invalid_payload,
                           "p must be an array of topic names or of objects with \"topic\"");
    }
    Reader::Array array;
    if (auto error = value.get_array().get(array)) return reader.malformed(error);
    for (auto element : array) {
        Reader::Value item;
        if (auto error = element.get(item)) return reader.malformed(error);
        if (!read_new_topic(reader, item, out.topics.emplace_back())) return false;
    }
    if (out.topics.empty()) return reader.fail(Errc::invalid_payload, "p names no topic");
    return true;
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

bool read_subscribe(Reader& reader, Reader::Value& value, Subscribe& out) {
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "p must be an object with \"t\"");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        std::int64_t number = 0;
        std::string_view text;
        if (key == "t") {
            return reader.once(seen, 0, "p.t") && reader.strings(item, "p.t", out.topics);
        }
        if (key == "consumer_group") {
            if (!reader.once(seen, 1, "p.consumer_group")) return false;
            if (reader.is(item, json_type::null)) return reader.check(item);
            if (!reader.string(item, "p.consumer_group", text)) return false;
            out.consumer_group = text;
            return true;
        }
        if (key == "meta") {
            return reader.once(seen, 2, "p.meta") && reader.boolean(item, "p.meta", out.meta);
        }
        if (key == "decode") {
            if (!reader.once(seen, 3, "p.decode") || !reader.string(item, "p.decode", text)) {
                return false;
            }
            out.decode_json = text == "json";
            return out.decode_json ||
                   reader.fail(Errc::invalid_payload, "p.decode must be \"json\"");
        }
        if (key == "mq_limit") {
            if (!reader.once(seen, 4, "p.mq_limit") ||
                !reader.integer(item, "p.mq_limit", 1, 1000000000, number)) {
                return false;
            }
            out.mq_limit = static_cast<std::size_t>(number);
            return true;
        }
        if (key == "mq_interval") {
            if (!reader.once(seen, 5, "p.mq_interval")) return false;
            out.has_mq_interval = true;
            if (reader.is(item, json_type::null)) return reader.check(item);
            if (!reader.integer(item, "p.mq_interval", 0, 3600000, number)) return false;
            out.mq_interval = number;
            return true;
        }
        if (is_reserved(key)) {
            return reader.fail(Errc::not_supported,
                               fmt::format("p.{} is not supported by this server", key));
        }
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have t, consumer_group, meta, "
                                       "decode, mq_limit, mq_interval",
                                       key));
    });
    if (ok && out.topics.empty()) {
        return reader.fail(Errc::invalid_payload, "p.t must name at least one topic");
    }
    return ok;
}

bool read_unsubscribe(Reader& reader, Reader::Value& value, Unsubscribe& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "p must be left out, or {\"t\"}");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key != "t") {
            return reader.fail(Errc::invalid_payload,
                               fmt::format("unknown field \"{}\"; p may have t", key));
        }
        return reader.once(seen, 0, "p.t") && reader.strings(item, "p.t", out.topics.emplace());
    });
    if (ok && out.topics && out.topics->empty()) {
        return reader.fail(Errc::invalid_payload, "p.t must name at least one topic");
    }
    return ok;
}

}  // namespace gateway
