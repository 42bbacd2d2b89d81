// MessagePack by msgpack-c, which reads and writes it without a tree.

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <msgpack.hpp>
#include <system_error>

#include <fmt/format.h>

#include "routing/codec.hpp"
#include "wire/base64.hpp"
#include "wire/escape.hpp"

namespace gateway::routing {

namespace {

using Kind = Outline::Kind;

/// Writes what is read as JSON. Returning false ends the reading.
class JsonWriter : public msgpack::null_visitor {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    bool visit_nil() { return value("null"); }
    bool visit_boolean(bool v) { return value(v ? "true" : "false"); }
    bool visit_positive_integer(std::uint64_t v) { return value(fmt::format_int(v).c_str()); }
    bool visit_negative_integer(std::int64_t v) { return value(fmt::format_int(v).c_str()); }
    bool visit_float32(float v) { return real(static_cast<double>(v)); }
    bool visit_float64(double v) { return real(v); }
    bool visit_str(const char* v, std::uint32_t size) {
        const std::string_view text(v, size);
        if (!is_utf8(text)) return refuse("a string is not UTF-8");
        append_string(out_, text);
        return true;
    }
    bool visit_bin(const char* v, std::uint32_t size) {
        if (is_key_) return refuse("a key is no string");
        out_ += '"';
        append_base64(out_, {v, size});
        out_ += '"';
        return true;
    }
    bool visit_ext(const char*, std::uint32_t) { return refuse("extensions have no JSON"); }

    bool start_array(std::uint32_t) { return begin('['); }
    bool end_array_item() { return end_item(); }
    bool end_array() { return end(']'); }
    bool start_map(std::uint32_t) { return begin('{'); }
    bool start_map_key() { return is_key_ = true; }
    bool end_map_key() {
        is_key_ = false;
        out_ += ':';
        return true;
    }
    bool end_map_value() { return end_item(); }
    bool end_map() { return end('}'); }

    [[nodiscard]] std::string_view reason() const { return reason_; }

private:
    bool refuse(std::string_view reason) {
        reason_ = reason;
        return false;
    }
    bool value(std::string_view text) {
        if (is_key_) return refuse("a key is no string");
        out_ += text;
        return true;
    }
    bool real(double v) {
        if (!std::isfinite(v)) return refuse("a number is not finite");
        return value(fmt::format("{}", v));
    }
    bool begin(char bracket) {
        if (is_key_) return refuse("a key is no string");
        if (++depth_ > Outline::max_nesting) return refuse("it is nested deeper than 64 levels");
        out_ += bracket;
        return true;
    }
    bool end_item() {
        out_ += ',';
        return true;
    }
    bool end(char bracket) {
        --depth_;
        if (out_.back() == ',') out_.pop_back();
        out_ += bracket;
        return true;
    }

    std::string& out_;
    std::string_view reason_ = "it is cut short or none";
    int depth_ = 0;
    bool is_key_ = false;
};

std::optional<Error> decode(std::string_view frame, std::string& json) {
    JsonWriter writer(json);
    std::size_t offset = 0;
    const bool is_read = msgpack::parse(frame.data(), frame.size(), offset, writer);
    if (is_read && offset == frame.size()) return std::nullopt;
    return Error(Errc::malformed_message,
                 fmt::format("a frame at this path is one value of MessagePack: {}",
                             is_read ? "more bytes follow" : writer.reason()));
}

/// Where a packer writes.
struct Sink {
    std::string& out;
    void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};
using Packer = msgpack::packer<Sink>;

template <typename Number>
std::optional<Number> parsed(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool pack_number(Packer& packer, std::string_view text) {
    if (const auto whole = parsed<std::int64_t>(text)) {
        packer.pack(*whole);
    } else if (const auto large = parsed<std::uint64_t>(text)) {
        packer.pack(*large);
    } else if (const auto real = parsed<double>(text)) {
        packer.pack(*real);
    } else {
        return false;
    }
    return true;
}

std::uint32_t count_of(const Outline::Value& container) {
    std::uint32_t count = 0;
    for (auto* item = container.first(); item != container.end(); item = item->next()) ++count;
    return count;
}

void pack_string(Packer& packer, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    packer.pack_str(size).pack_str_body(text.data(), size);
}

bool pack(Packer& packer, const Outline::Value& value) {
    switch (value.kind) {
        case Kind::null:
            packer.pack_nil();
            return true;
        case Kind::yes:
            packer.pack_true();
            return true;
        case Kind::no:
            packer.pack_false();
            return true;
        case Kind::number:
            return pack_number(packer, value.text);
        case Kind::string:
            pack_string(packer, value.text);
            return true;
        case Kind::array:
            packer.pack_array(count_of(value));
            break;
        case Kind::object:
            packer.pack_map(count_of(value));
            break;
    }
    for (auto* item = value.first(); item != value.end(); item = item->next()) {
        if (value.kind == Kind::object) pack_string(packer, item->key);
        if (!pack(packer, *item)) return false;
    }
    return true;
}

Result<std::string_view> encode(std::string_view, const Outline::Value& outline, std::string& out) {
    out.clear();
    Sink sink{out};
    Packer packer(sink);
    if (!pack(packer, outline)) {
        return Error(Errc::invalid_payload, "a number is beyond what MessagePack holds");
    }
    return std::string_view(out);
}

}  // namespace

constinit const Codec msgpack_codec{
    .name = "msgpack",
    .content_type = "application/msgpack",
    .is_binary = true,
    .decode = decode,
    .encode = encode,
};

}  // namespace gateway::routing
