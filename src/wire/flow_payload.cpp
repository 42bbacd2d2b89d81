#include <cstdint>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

bool read_ack(Reader& reader, Reader::Value& value, PayloadStore& store) {
    Ack& ack = store.acks.add();
    return read_position(reader, value, ack.position, &ack.sub);
}

}  // namespace

bool read_acks(Reader& reader, Reader::Value& value, PayloadStore& store) {
    if (!reader.is(value, json_type::array)) return read_ack(reader, value, store);
    const bool ok = for_each_element(reader, value, [&](Reader::Value& item) {
        return read_ack(reader, item, store) ||
               reader.within(fmt::format("p[{}]", store.acks.open_size() - 1));
    });
    if (ok && store.acks.open_size() == 0) {
        return reader.fail(Errc::invalid_payload, "p acknowledges no record");
    }
    return ok;
}

bool read_pull(Reader& reader, Reader::Value& value, Pull& out) {
    constexpr std::int64_t max_count = 1000000;
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, R"(p must be an object with "n")");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        if (key == "n") {
            std::int64_t number = 0;
            if (!reader.once(seen, 0, "p.n") ||
                !reader.integer(item, "p.n", 1, max_count, number)) {
                return false;
            }
            out.count = static_cast<std::uint32_t>(number);
            return true;
        }
        if (key == "sub") return reader.once(seen, 1, "p.sub") && read_sub(reader, item, out.sub);
        return reader.fail(Errc::invalid_payload,
                           fmt::format("unknown field \"{}\"; p may have n, sub", key));
    });
    return ok && (out.count > 0 || reader.fail(Errc::invalid_payload, "p lacks \"n\""));
}

}  // namespace gateway
