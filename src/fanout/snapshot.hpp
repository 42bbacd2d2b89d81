#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/header.hpp"
#include "broker/record.hpp"

namespace gateway::fanout {

/// The newest record of each key of one topic, copied as the topic is read. Pure.
///
/// Records without a key are no part of a snapshot; a tombstone takes its key out of it.
class Snapshot {
public:
    /// Records of one key are to be added in the order of their offsets.
    void add(const Record& record);

    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// The rest, oldest partition and offset first, as views into it: up to `count` of them.
    [[nodiscard]] std::vector<Record> first(std::size_t count) const;

    /// Forgets so many of them.
    void take(std::size_t count);

private:
    struct Entry {
        std::string topic;
        std::string key;
        std::string value;
        Timestamp timestamp = -1;
        std::vector<std::pair<std::string, std::optional<std::string>>> header_texts;
        std::vector<Header> headers;

        [[nodiscard]] std::size_t bytes() const;
    };
    using Place = std::pair<std::int32_t, std::int64_t>;

    void forget(const std::string& key);

    std::map<Place, Entry> entries_;
    std::unordered_map<std::string, Place> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace gateway::fanout
