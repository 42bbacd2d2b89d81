#include "filter/outline.hpp"

#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include <simdjson.h>

#include "base/number.hpp"

namespace gateway {

namespace {

namespace ondemand = simdjson::ondemand;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// A key between its quotes, from where it and its value begin. simdjson has seen that between
/// these are the closing quote, the colon and blanks.
std::string_view spelling(const char* key, const char* value) {
    const char* end = value - 1;
    while (*end != ':') --end;
    --end;
    while (*end != '"') --end;
    return {key, static_cast<std::size_t>(end - key)};
}

constexpr std::uint64_t each_byte(std::uint8_t byte) { return 0x0101010101010101U * byte; }
constexpr std::uint64_t high_bits = each_byte(0x80);
constexpr std::uint64_t low_bits = each_byte(0x7F);

/// The high bit of each byte that is no decimal digit.
constexpr std::uint64_t other_than_digits(std::uint64_t word) {
    const std::uint64_t value = word ^ each_byte('0');
    return (((value & low_bits) + each_byte(0x80 - 10)) | value) & high_bits;
}

/// The high bit of each byte that is a point.
constexpr std::uint64_t points(std::uint64_t word) {
    const std::uint64_t difference = word ^ each_byte('.');
    return ~(((difference & low_bits) + low_bits) | difference) & high_bits;
}

/// All bits of the first `count` bytes of a word, at most 8.
constexpr std::uint64_t first_bytes(std::size_t count) {
    return count >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * count)) - 1;
}

/// Whether `size` bytes at `text` are digits with at most one point between them, as a JSON number
/// that is not negative mostly is. A number that is too long for it or has more to it is not.
///
/// It does not branch on what the number looks like, which is different in each record and costs
/// more than all the rest. 16 bytes at `text` must be readable; `size` is not 0.
bool is_short_number(const char* text, std::size_t size) {
    static_assert(std::endian::native == std::endian::little);
    if (size > 16) return false;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&low, text, 8);
    std::memcpy(&high, text + 8, 8);
    const std::uint64_t low_kept = first_bytes(size);
    const std::uint64_t high_kept = first_bytes(size < 8 ? 0 : size - 8);
    const std::uint64_t low_points = points(low) & low_kept;
    const std::uint64_t high_points = points(high) & high_kept;
    const std::uint64_t others = ((other_than_digits(low) & low_kept) ^ low_points) |
                                 ((other_than_digits(high) & high_kept) ^ high_points);
    const bool has_one_point_at_most = std::popcount(low_points) + std::popcount(high_points) <= 1;
    const bool is_point_inside = (text[0] != '.') & (text[size - 1] != '.');
    const bool is_led_by_zero = (text[0] == '0') & (size > 1) & (text[1] != '.');
    return (others == 0) & has_one_point_at_most & is_point_inside & !is_led_by_zero;
}

ondemand::value& value_of(ondemand::value& element) { return element; }
ondemand::value& value_of(ondemand::field& field) { return field.value(); }

/// A lone low surrogate comes out of simdjson 3.0 as bytes that are not UTF-8.
bool unescape(simdjson::simdjson_result<std::string_view> unescaped, std::string_view& out) {
    return !std::move(unescaped).get(out) && simdjson::validate_utf8(out);
}

}  // namespace

struct Outline::Parser : ondemand::parser {};

/// One reading of a text.
struct Outline::Walk {
    std::vector<Value>& values;
    bool has_escapes;
    std::size_t count = 0;

    std::size_t add(std::string_view key, std::string_view text, Kind kind) {
        if (count == values.size()) values.resize(count * 2);
        values[count] = {key, text, 1, kind};
        return count++;
    }

    [[nodiscard]] bool is_escaped(std::string_view text) const {
        return has_escapes && text.find('\\') != std::string_view::npos;
    }

    /// What an array or an object holds. All is in the loop, and not in functions of its own,
    /// because the iterator's state then stays in registers: a third of the time.
    template <typename Container>
    bool contents(Container& container, int depth) {
        for (auto entry : container) {
            if (entry.error() || depth > max_nesting) return false;
            auto&& item = std::move(entry).value_unsafe();
            ondemand::value& value = value_of(item);
            std::string_view token = value.raw_json_token();
            std::string_view key;
            if constexpr (std::is_same_v<Container, ondemand::object>) {
                key = spelling(item.key().raw(), token.data());
                if (is_escaped(key) && !unescape(item.unescaped_key(), key)) return false;
            }
            // A token reaches to the next one.
            while (is_blank(token.back())) token.remove_suffix(1);

            bool is_well_formed = true;
            Kind kind = Kind::number;
            switch (token.front()) {
                case '{':
                    if (!nested<ondemand::object>(value, add(key, {}, Kind::object), depth))
                        return false;
                    continue;
                case '[':
                    if (!nested<ondemand::array>(value, add(key, {}, Kind::array), depth))
                        return false;
                    continue;
                case '"':
                    kind = Kind::string;
                    token = token.substr(1, token.size() - 2);
                    // simdjson would take a string that is passed over for a key if a colon
                    // follows.
                    is_well_formed = is_escaped(token) ? unescape(value.get_string(), token)
                                                       : !value.get_raw_json_string().error();
                    break;
                case 't':
                    kind = Kind::yes;
                    is_well_formed = token == "true";
                    break;
                case 'f':
                    kind = Kind::no;
                    is_well_formed = token == "false";
                    break;
                case 'n':
                    kind = Kind::null;
                    is_well_formed = token == "null";
                    break;
                default:
                    is_well_formed =
                        is_short_number(token.data(), token.size()) || is_json_number(token);
            }
            if (!is_well_formed) return false;
            add(key, token, kind);
        }
        return true;
    }

    /// What the container holds that was added at `at`.
    template <typename Container>
    bool nested(ondemand::value& value, std::size_t at, int depth) {
        Container container;
        if (value.get(container) || !contents(container, depth + 1)) return false;
        values[at].size = static_cast<std::uint32_t>(count - at);
        return true;
    }
};

Outline::Outline() : parser_(std::make_unique<Parser>()), values_(64) {}

Outline::~Outline() = default;

const Outline::Value* Outline::read(std::string_view json) {
    if (padded_.size() > kept_bytes && json.size() <= kept_bytes / 2) {
        parser_ = std::make_unique<Parser>();
        padded_ = {};
        values_ = std::vector<Value>(64);
    }
    // In an array every value, a lone number too, is read by the same functions, and what follows
    // it is noticed by the array's end.
    const std::size_t size = json.size() + 2;
    padded_.resize(size + simdjson::SIMDJSON_PADDING);
    char* const text = padded_.data();
    text[0] = '[';
    if (!json.empty()) std::memcpy(text + 1, json.data(), json.size());
    text[size - 1] = ']';
    std::memset(text + size, 0, simdjson::SIMDJSON_PADDING);

    ondemand::document document;
    ondemand::array array;
    if (parser_->iterate(text, size, padded_.size()).get(document) ||
        document.get_array().get(array)) {
        return nullptr;
    }
    Walk walk{values_, std::memchr(text, '\\', size) != nullptr};
    const bool is_one_value =
        walk.contents(array, 0) && walk.count > 0 && values_[0].size == walk.count;
    const bool is_all = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return is_one_value && is_all ? values_.data() : nullptr;
}

const Outline::Value* Outline::Value::field(std::string_view name) const {
    if (kind != Kind::object) return nullptr;
    for (const Value* value = first(); value != end(); value = value->next()) {
        if (value->key == name) return value;
    }
    return nullptr;
}

const Outline::Value* Outline::Value::element(std::uint32_t index) const {
    if (kind != Kind::array) return nullptr;
    for (const Value* value = first(); value != end(); value = value->next()) {
        if (index-- == 0) return value;
    }
    return nullptr;
}

}  // namespace gateway
