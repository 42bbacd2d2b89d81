#include <cstdint>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "wire/base64.hpp"
#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

bool read_headers(Reader& reader, Reader::Value& value, PayloadStore& store) {
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "p.h must be an object of strings");
    }
    Reader::Object object;
    if (auto error = value.get_object().get(object)) return reader.malformed(error);
    for (auto entry : object) {
        if (auto error = entry.error()) return reader.malformed(error);
        auto& field = entry.value_unsafe();
        Header header;
        if (auto error = field.unescaped_key().get(header.name)) return reader.malformed(error);
        if (!simdjson::validate_utf8(header.name)) return reader.malformed(simdjson::STRING_ERROR);
        // librdkafka gives the names of headers as C strings.
        if (header.name.find('\0') != std::string_view::npos) {
            return reader.fail(Errc::invalid_payload, "a header's name must not hold U+0000");
        }
        if (!reader.is(field.value(), json_type::null)) {
            std::string_view text;
            if (!reader.string(field.value(), "a header's value", text)) return false;
            header.value = text;
        } else if (!reader.check(field.value())) {
            return false;
        }
        store.headers.push_back(header);
    }
    return true;
}

bool read_value(Reader& reader, Reader::Value& value, Send& out, bool& is_string) {
    json_type type{};
    if (auto error = value.type().get(type)) return reader.malformed(error);
    if (type == json_type::null) return reader.check(value);
    std::string_view text;
    is_string = type == json_type::string;
    if (!(is_string ? reader.string(value, "p.m", text) : reader.text(value, text))) {
        return false;
    }
    out.value = text;
    return true;
}

bool decode_value(Reader& reader, Send& out, PayloadStore& store) {
    std::string& bytes = store.decoded.emplace_back();
    if (!out.value || !decode_base64(*out.value, bytes)) {
        return reader.fail(Errc::invalid_payload, "p.m must be padded base64, as p.e says");
    }
    out.value = bytes;
    return true;
}

bool read_send(Reader& reader, Reader::Value& value, PayloadStore& store) {
    Send& send = store.sends.add();
    Reader::Object object;
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload,
                           "p must be an object with \"t\" and \"m\", or an array of them");
    }
    if (auto error = value.get_object().get(object)) return reader.malformed(error);

    std::uint32_t seen = 0;
    enum Key : unsigned { t, m, k, h, partition, ts, ack, e };
    bool is_string = false;
    bool is_base64 = false;
    for (auto entry : object) {
        if (auto error = entry.error()) return reader.malformed(error);
        auto& field = entry.value_unsafe();
        const std::string_view key = spelling(field.key());
        Reader::Value& item = field.value();
        bool ok = true;
        if (key == "t") {
            ok = reader.once(seen, t, "p.t") && reader.string(item, "p.t", send.topic);
        } else if (key == "m") {
            ok = reader.once(seen, m, "p.m") && read_value(reader, item, send, is_string);
        } else if (key == "k") {
            std::string_view text;
            ok = reader.once(seen, k, "p.k");
            if (ok && !reader.is(item, json_type::null)) {
                ok = reader.string(item, "p.k", text);
                send.key = text;
            }
        } else if (key == "h") {
            ok = reader.once(seen, h, "p.h") && read_headers(reader, item, store);
        } else if (key == "partition") {
            std::int64_t number = 0;
            ok = reader.once(seen, partition, "p.partition") &&
                 reader.integer(item, "p.partition", 0, std::numeric_limits<std::int32_t>::max(),
                                number);
            send.partition = static_cast<std::int32_t>(number);
        } else if (key == "ts") {
            std::int64_t number = 0;
            ok = reader.once(seen, ts, "p.ts") &&
                 reader.integer(item, "p.ts", 0, std::numeric_limits<std::int64_t>::max(), number);
            send.timestamp = number;
        } else if (key == "ack") {
            ok = reader.once(seen, ack, "p.ack") && reader.boolean(item, "p.ack", send.ack);
        } else if (key == "e") {
            std::string_view text;
            ok = reader.once(seen, e, "p.e") && reader.string(item, "p.e", text);
            if (ok && text != "base64") {
                ok = reader.fail(Errc::invalid_payload, "p.e must be \"base64\"");
            }
            is_base64 = true;
        } else {
            ok = reader.fail(Errc::invalid_payload,
                             fmt::format("unknown field \"{}\"; p may have t, m, k, h, partition, "
                                         "ts, ack, e",
                                         key));
        }
        if (!ok) return false;
    }
    if (!(seen & 1U << t) || !(seen & 1U << m)) {
        return reader.fail(Errc::invalid_payload,
                           fmt::format("p lacks \"{}\"", seen & 1U << t ? "m" : "t"));
    }
    if (is_base64 && (!is_string || !decode_value(reader, send, store))) {
        return reader.fail(Errc::invalid_payload, "p.m must be a string where p.e is base64");
    }
    store.header_ends.push_back(store.headers.size());
    return true;
}

}  // namespace

bool read_sends(Reader& reader, Reader::Value& value, PayloadStore& store, Sends& out) {
    out.is_array = reader.is(value, json_type::array);
    if (!out.is_array) return read_send(reader, value, store);
    const bool ok = for_each_element(reader, value, [&](Reader::Value& item) {
        return read_send(reader, item, store) ||
               reader.within(fmt::format("record {}", store.sends.open_size() - 1));
    });
    if (ok && store.sends.open_size() == 0) {
        return reader.fail(Errc::invalid_payload, "p holds no record");
    }
    return ok;
}

}  // namespace gateway
