#pragma once

#include "wire/reader.hpp"

namespace gateway {

/// Calls `read(key, value)` for each field of an object, the key as it is written; stops at the
/// first that returns false.
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

/// Calls `read(value)` for each element of an array; stops at the first that returns false.
template <typename Read>
bool for_each_element(Reader& reader, Reader::Value& value, Read read) {
    Reader::Array array;
    if (auto error = value.get_array().get(array)) return reader.malformed(error);
    for (auto element : array) {
        Reader::Value item;
        if (auto error = element.get(item)) return reader.malformed(error);
        if (!read(item)) return false;
    }
    return true;
}

}  // namespace gateway
