#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

/// An entry is a record as bytes: what a producer encodes once, a log keeps, and a consumer reads
/// views into. A head of fixed size, the sizes of its headers, then names, values, key and value.
/// Each carries its own offset, so a log may have holes.
namespace gateway::memory {

/// The bytes of a record that count against a limit: key, value, headers and 8 for each header.
[[nodiscard]] std::size_t payload_size(const OutgoingRecord& record);

/// The bytes of the whole entry, a multiple of 8.
[[nodiscard]] std::size_t entry_size(const OutgoingRecord& record);

/// Writes `entry_size(record)` bytes. A record without a timestamp gets -1, all get offset -1.
void write_entry(const OutgoingRecord& record, char* entry);

/// Gives an entry its place.
void stamp_entry(char* entry, std::int64_t offset, Timestamp timestamp);

/// What is needed of an entry without reading it.
struct EntryHead {
    std::int64_t offset;
    Timestamp timestamp;
    std::uint32_t size;       ///< Of the whole entry.
    std::int32_t key_size;    ///< -1: absent.
    std::int32_t value_size;  ///< -1: absent.
    std::uint32_t headers;    ///< How many.
};

[[nodiscard]] EntryHead read_head(const char* entry);

[[nodiscard]] std::optional<std::string_view> entry_key(const char* entry, const EntryHead& head);

/// Reads an entry into views; topic and partition, which it does not know, are left alone. Its
/// headers are appended to `headers` where that is given, and the record's span is left empty: the
/// caller sets it when the vector has stopped growing.
void read_entry(const char* entry, const EntryHead& head, Record& record,
                std::vector<Header>* headers);

}  // namespace gateway::memory
