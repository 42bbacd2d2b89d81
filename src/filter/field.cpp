#include "filter/field.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace gateway {

namespace {

constexpr std::string_view key_name = "$key";
constexpr std::string_view partition_name = "$partition";
constexpr std::string_view headers_prefix = "$headers.";

std::optional<std::uint32_t> index_of(std::string_view name) {
    if (name.empty() || (name.size() > 1 && name.front() == '0')) return std::nullopt;
    std::uint32_t index = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
    if (read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
    return index;
}

}  // namespace

Result<Field> Field::parse(std::string_view key) {
    if (!key.starts_with('$')) return parse_path(key);
    if (key == key_name) return Field(Place::key);
    if (key == partition_name) return Field(Place::partition);
    if (key.starts_with(headers_prefix) && key.size() > headers_prefix.size()) {
        Field field(Place::headers);
        field.name_ = key.substr(headers_prefix.size());
        return field;
    }
    return Error(Errc::invalid_filter,
                 "is not known: $key, $partition and $headers.NAME are of the record; a payload's "
                 "field whose name begins with $ is written \\$");
}

Result<Field> Field::parse_path(std::string_view key) {
    Field field(Place::payload);
    std::string name;
    const auto step = [&] {
        const auto index = index_of(name);
        field.steps_.push_back({std::exchange(name, {}), index});
    };
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == '.') {
            step();
            continue;
        }
        if (key[at] == '\\' && ++at == key.size()) {
            return Error(Errc::invalid_filter,
                         "ends in a backslash, which takes the character behind it as it stands");
        }
        name += key[at];
    }
    step();
    return field;
}

const Outline::Value* Field::find(const Outline::Value& payload) const {
    const Outline::Value* value = &payload;
    for (const Step& step : steps_) {
        const bool is_element = step.index && value->kind == Outline::Kind::array;
        value = is_element ? value->element(*step.index) : value->field(step.name);
        if (!value) return nullptr;
    }
    return value;
}

std::string Field::text() const {
    switch (place_) {
        case Place::key:
            return std::string(key_name);
        case Place::partition:
            return std::string(partition_name);
        case Place::headers:
            return std::string(headers_prefix) + name_;
        case Place::payload:
            break;
    }
    std::string out;
    for (const Step& step : steps_) {
        if (&step != &steps_.front()) out += '.';
        for (const char c : step.name) {
            if (c == '.' || c == '\\' || (c == '$' && out.empty())) out += '\\';
            out += c;
        }
    }
    return out == any_key || out == not_key ? '\\' + out : out;
}

}  // namespace gateway
