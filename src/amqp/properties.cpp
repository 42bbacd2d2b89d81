#include "amqp/properties.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "amqp/bytes.hpp"
#include "amqp/names.hpp"
#include "base/header_names.hpp"

namespace gateway::amqp {

namespace {

constexpr std::uint8_t persistent = 2;

/// A header that is a property.
struct Property {
    std::string_view name;
    amqp_flags_t flag;
    amqp_bytes_t amqp_basic_properties_t::*place;
};

constexpr std::array<Property, 6> named_properties = {{
    {correlation_header, AMQP_BASIC_CORRELATION_ID_FLAG, &amqp_basic_properties_t::correlation_id},
    {reply_header, AMQP_BASIC_REPLY_TO_FLAG, &amqp_basic_properties_t::reply_to},
    {"message-id", AMQP_BASIC_MESSAGE_ID_FLAG, &amqp_basic_properties_t::message_id},
    {content_type_header, AMQP_BASIC_CONTENT_TYPE_FLAG, &amqp_basic_properties_t::content_type},
    {"app-id", AMQP_BASIC_APP_ID_FLAG, &amqp_basic_properties_t::app_id},
    {"type", AMQP_BASIC_TYPE_FLAG, &amqp_basic_properties_t::type},
}};

const Property* property_of(std::string_view name) {
    const auto found = std::ranges::find(named_properties, name, &Property::name);
    return found == named_properties.end() ? nullptr : &*found;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Whether other clients may take the bytes for text. Over-long forms pass: this chooses a type of
// AMQP's, and checks nothing.
bool looks_like_text(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte < 0x80) continue;
        const std::size_t more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
        if (more == 0 || byte > 0xf4 || bytes.size() - i <= more) return false;
        const auto rest = bytes.substr(i + 1, more);
        if (!std::ranges::all_of(rest, is_continuation)) return false;
        i += more;
    }
    return true;
}

amqp_field_value_t to_value(std::string_view bytes) {
    amqp_field_value_t value{};
    value.kind = looks_like_text(bytes) ? AMQP_FIELD_KIND_UTF8 : AMQP_FIELD_KIND_BYTES;
    value.value.bytes = to_bytes(bytes);
    return value;
}

amqp_field_value_t to_value(const std::optional<std::string_view>& bytes) {
    if (bytes) return to_value(*bytes);
    amqp_field_value_t value{};
    value.kind = AMQP_FIELD_KIND_VOID;
    return value;
}

using Union = decltype(amqp_field_value_t::value);

template <auto Member>
std::int64_t read(const Union& value) {
    return static_cast<std::int64_t>(value.*Member);
}

/// A type of AMQP's that is an integer here.
struct Integer {
    int kind;
    std::int64_t (*read)(const Union& value);
};

constexpr std::array<Integer, 10> integers = {{
    {AMQP_FIELD_KIND_BOOLEAN, &read<&Union::boolean>},
    {AMQP_FIELD_KIND_I8, &read<&Union::i8>},
    {AMQP_FIELD_KIND_U8, &read<&Union::u8>},
    {AMQP_FIELD_KIND_I16, &read<&Union::i16>},
    {AMQP_FIELD_KIND_U16, &read<&Union::u16>},
    {AMQP_FIELD_KIND_I32, &read<&Union::i32>},
    {AMQP_FIELD_KIND_U32, &read<&Union::u32>},
    {AMQP_FIELD_KIND_I64, &read<&Union::i64>},
    {AMQP_FIELD_KIND_U64, &read<&Union::u64>},
    {AMQP_FIELD_KIND_TIMESTAMP, &read<&Union::u64>},
}};

std::optional<std::int64_t> integer_of(const amqp_field_value_t& field) {
    const auto found = std::ranges::find(integers, int{field.kind}, &Integer::kind);
    if (found == integers.end()) return std::nullopt;
    return found->read(field.value);
}

bool is_bytes(const amqp_field_value_t& field) {
    return field.kind == AMQP_FIELD_KIND_UTF8 || field.kind == AMQP_FIELD_KIND_BYTES;
}

/// Copies into the memory that a record's views point to.
class Copier {
public:
    explicit Copier(std::pmr::memory_resource& memory) : memory_(memory) {}

    [[nodiscard]] std::string_view text(std::string_view from) {
        if (from.empty()) return {"", 0};
        char* const copy = static_cast<char*>(memory_.allocate(from.size(), 1));
        std::memcpy(copy, from.data(), from.size());
        return {copy, from.size()};
    }

    [[nodiscard]] std::span<Header> headers(std::size_t count) {
        auto* const first =
            static_cast<Header*>(memory_.allocate(count * sizeof(Header), alignof(Header)));
        std::uninitialized_default_construct_n(first, count);
        return {first, count};
    }

    /// False if the field has no form as text.
    [[nodiscard]] bool value(const amqp_field_value_t& field,
                             std::optional<std::string_view>& out) {
        out.reset();
        if (field.kind == AMQP_FIELD_KIND_VOID) return true;
        if (is_bytes(field)) {
            out = text(to_view(field.value.bytes));
        } else if (field.kind == AMQP_FIELD_KIND_BOOLEAN) {
            out = field.value.boolean ? "true" : "false";
        } else if (const auto integer = integer_of(field)) {
            out = text(fmt::format("{}", *integer));
        } else if (field.kind == AMQP_FIELD_KIND_F32 || field.kind == AMQP_FIELD_KIND_F64) {
            const double number = field.kind == AMQP_FIELD_KIND_F32
                                      ? static_cast<double>(field.value.f32)
                                      : field.value.f64;
            out = text(fmt::format("{}", number));
        }
        return out.has_value();
    }

private:
    std::pmr::memory_resource& memory_;
};

/// Takes what is ours out of a field. False if it is a header like any other.
bool take_reserved(const amqp_table_entry_t& entry, Copier& copier, Record& record,
                   bool& is_tombstone) {
    const std::string_view name = to_view(entry.key);
    if (name == key_header && is_bytes(entry.value)) {
        record.key = copier.text(to_view(entry.value.value.bytes));
        return true;
    }
    if (name == timestamp_header) {
        const auto at = integer_of(entry.value);
        if (at) record.timestamp = *at;
        return at.has_value();
    }
    if (name == tombstone_header) {
        is_tombstone = integer_of(entry.value).value_or(0) != 0;
        return true;
    }
    return false;
}

}  // namespace

void PropertiesWriter::add(std::string_view name, amqp_field_value_t value) {
    entries_.push_back({to_bytes(name), value});
}

const amqp_basic_properties_t& PropertiesWriter::write(const OutgoingRecord& record) {
    properties_ = {};
    entries_.clear();
    properties_._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties_.delivery_mode = persistent;
    if (record.key) add(key_header, to_value(*record.key));
    if (record.timestamp) {
        amqp_field_value_t value{};
        value.kind = AMQP_FIELD_KIND_I64;
        value.value.i64 = *record.timestamp;
        add(timestamp_header, value);
        properties_._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
        properties_.timestamp = static_cast<std::uint64_t>(*record.timestamp / 1000);
    }
    if (!record.value) {
        amqp_field_value_t value{};
        value.kind = AMQP_FIELD_KIND_BOOLEAN;
        value.value.boolean = 1;
        add(tombstone_header, value);
    }
    for (const auto& [name, value] : record.headers) {
        const Property* property = property_of(name);
        if (property && value && value->size() <= max_name_bytes &&
            (properties_._flags & property->flag) == 0) {
            properties_.*property->place = to_bytes(*value);
            properties_._flags |= property->flag;
        } else {
            add(name.substr(0, max_name_bytes), to_value(value));
        }
    }
    if (!entries_.empty()) {
        properties_._flags |= AMQP_BASIC_HEADERS_FLAG;
        properties_.headers = {static_cast<int>(entries_.size()), entries_.data()};
    }
    return properties_;
}

void read_message(const amqp_basic_properties_t& properties, std::string_view body,
                  bool with_headers, std::pmr::memory_resource& memory, Record& record) {
    Copier copier(memory);
    std::span<const amqp_table_entry_t> table;
    if (properties._flags & AMQP_BASIC_HEADERS_FLAG) {
        table = {properties.headers.entries,
                 static_cast<std::size_t>(properties.headers.num_entries)};
    }
    if (properties._flags & AMQP_BASIC_TIMESTAMP_FLAG) {
        record.timestamp = static_cast<Timestamp>(properties.timestamp) * 1000;
    }
    std::span<Header> headers;
    std::size_t count = 0;
    if (with_headers) headers = copier.headers(table.size() + named_properties.size());
    for (const Property& each : named_properties) {
        if (!with_headers || (properties._flags & each.flag) == 0) continue;
        headers[count++] = {each.name, copier.text(to_view(properties.*each.place))};
    }
    bool is_tombstone = false;
    for (const auto& entry : table) {
        if (take_reserved(entry, copier, record, is_tombstone) || !with_headers) continue;
        if (copier.value(entry.value, headers[count].value)) {
            headers[count++].name = copier.text(to_view(entry.key));
        }
    }
    record.headers = headers.first(count);
    if (!is_tombstone) record.value = copier.text(body);
}

}  // namespace gateway::amqp
