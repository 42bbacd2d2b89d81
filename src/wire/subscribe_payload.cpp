#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "wire/fields.hpp"
#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

enum Option : unsigned {
    t,
    consumer_group,
    meta,
    decode,
    mq_limit,
    mq_interval,
    sub,
    mode,
    from,
    snapshot,
    filter,
    keys,
    flow,
    ack,
    max_unacked,
    slow,
};

/// By Option.
constexpr std::array<std::string_view, 16> names{
    "t",    "consumer_group", "meta",   "decode", "mq_limit", "mq_interval", "sub",         "mode",
    "from", "snapshot",       "filter", "keys",   "flow",     "ack",         "max_unacked", "slow"};

template <typename Enum>
bool read_choice(Reader& reader, Reader::Value& value, std::string_view path,
                 std::span<const std::string_view> choices, Enum& out) {
    std::size_t index = 0;
    if (!reader.choice(value, path, choices, index)) return false;
    out = static_cast<Enum>(index);
    return true;
}

/// By the enumerations of Subscribe.
constexpr std::array<std::string_view, 2> modes{"group", "broadcast"};
constexpr std::array<std::string_view, 2> flows{"push", "pull"};
constexpr std::array<std::string_view, 4> slows{"pause", "drop", "conflate", "close"};
constexpr std::array<std::string_view, 2> acks{"auto", "client"};

bool read_group(Reader& reader, Reader::Value& value, Subscribe& out) {
    if (reader.is(value, json_type::null)) return reader.check(value);
    std::string_view text;
    if (!reader.string(value, "p.consumer_group", text)) return false;
    out.consumer_group = text;
    return true;
}

bool read_decode(Reader& reader, Reader::Value& value, Subscribe& out) {
    std::string_view text;
    if (!reader.string(value, "p.decode", text)) return false;
    out.decode_json = text == "json";
    return out.decode_json || reader.fail(Errc::invalid_payload, "p.decode must be \"json\"");
}

bool read_interval(Reader& reader, Reader::Value& value, Subscribe& out) {
    out.has_mq_interval = true;
    if (reader.is(value, json_type::null)) return reader.check(value);
    return reader.integer(value, "p.mq_interval", 0, 3600000, out.mq_interval.emplace());
}

/// What may be configured is not known here.
bool read_count(Reader& reader, Reader::Value& value, std::string_view path,
                std::optional<std::size_t>& out) {
    constexpr auto unbounded = std::numeric_limits<std::int64_t>::max();
    std::int64_t number = 0;
    if (!reader.integer(value, path, 1, unbounded, number)) return false;
    out = static_cast<std::size_t>(number);
    return true;
}

bool read_option(Reader& reader, Option option, Reader::Value& value, Subscribe& out) {
    switch (option) {
        case t:
            return reader.strings(value, "p.t", out.topics);
        case consumer_group:
            return read_group(reader, value, out);
        case meta:
            return reader.boolean(value, "p.meta", out.meta);
        case decode:
            return read_decode(reader, value, out);
        case mq_limit:
            return read_count(reader, value, "p.mq_limit", out.mq_limit);
        case mq_interval:
            return read_interval(reader, value, out);
        case sub:
            return read_sub(reader, value, out.sub);
        case mode:
            return read_choice(reader, value, "p.mode", modes, out.mode);
        case from:
            return read_from(reader, value, out.from.emplace());
        case snapshot:
            return reader.boolean(value, "p.snapshot", out.snapshot);
        case filter:
            return read_filter(reader, value, out.filter);
        case keys:
            return read_keys(reader, value, out.keys);
        case flow:
            return read_choice(reader, value, "p.flow", flows, out.flow);
        case ack:
            return read_choice(reader, value, "p.ack", acks, out.client_ack);
        case max_unacked:
            return read_count(reader, value, "p.max_unacked", out.max_unacked);
        case slow:
            return read_choice(reader, value, "p.slow", slows, out.slow);
    }
    return false;
}

/// Why these options do not go together; nothing where they do.
std::string_view conflict(const Subscribe& options) {
    const bool is_broadcast = options.mode == Subscribe::Mode::broadcast;
    if (is_broadcast && options.consumer_group) {
        return "p.consumer_group does not go with p.mode \"broadcast\", which has no group";
    }
    if (is_broadcast && options.client_ack) {
        return "p.ack \"client\" does not go with p.mode \"broadcast\", which commits nothing";
    }
    if (options.snapshot && !is_broadcast) {
        return "p.snapshot needs p.mode \"broadcast\"; a group would share the snapshot out among "
               "its members";
    }
    if (options.snapshot && options.from) {
        return "p.from does not go with p.snapshot, which begins with the current record of each "
               "key";
    }
    if (options.max_unacked && !options.client_ack) {
        return "p.max_unacked needs p.ack \"client\"";
    }
    return {};
}

}  // namespace

bool read_subscribe(Reader& reader, Reader::Value& value, Subscribe& out) {
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::invalid_payload, "p must be an object with \"t\"");
    }
    std::uint32_t seen = 0;
    const bool ok = for_each_field(reader, value, [&](std::string_view key, Reader::Value& item) {
        const auto found = std::ranges::find(names, key);
        if (found == names.end()) {
            return reader.fail(
                Errc::invalid_payload,
                fmt::format("unknown field \"{}\"; p may have {}", key, fmt::join(names, ", ")));
        }
        const auto option = static_cast<Option>(found - names.begin());
        return reader.once(seen, option, key) && read_option(reader, option, item, out);
    });
    if (!ok) return false;
    if (!(seen & 1U << t)) {
        return reader.fail(Errc::invalid_payload, "p.t must name at least one topic");
    }
    out.wants_positions = (seen & (1U << from | 1U << mode | 1U << snapshot | 1U << sub)) != 0;
    const std::string_view why = conflict(out);
    return why.empty() || reader.fail(Errc::invalid_payload, std::string(why));
}

}  // namespace gateway
