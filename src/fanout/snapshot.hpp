#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/header.hpp"
#include "broker/record.hpp"

namespace gateway::fanout {

/// The newest record of each key in each partition of one topic, copied as the topic is read. Pure.
///
/// Records without a key are no part of a snapshot; a tombstone takes its key out of it.
class Snapshot {
public:
    Snapshot() = default;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    /// Those of a partition are to be added in the order of their offsets.
    void add(const Record& record);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// The rest, oldest partition and offset first, as views into it: up to `count` of them.
    [[nodiscard]] std::vector<Record> first(std::size_t count) const;

    /// Forgets so many of them.
    void take(std::size_t count);

private:
    struct Entry {
        std::string key;
        std::string value;
        Timestamp timestamp = -1;
        std::vector<std::pair<std::string, std::optional<std::string>>> header_texts;
        std::vector<Header> headers;

        [[nodiscard]] std::size_t bytes() const;
    };
    using Place = std::pair<std::int32_t, std::int64_t>;

    /// Its view is into the entry. The same key may lie in several partitions.
    struct Key {
        std::int32_t partition = 0;
        std::string_view key;

        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };

    void forget(const Key& key);

    std::string topic_;
    std::map<Place, Entry> entries_;
    std::unordered_map<Key, Place, Hash> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace gateway::fanout
