#include "fanout/snapshot.hpp"

#include <functional>

namespace gateway::fanout {

namespace {

/// What the two containers take for an entry beside it, roughly.
constexpr std::size_t node_bytes = 128;

}  // namespace

std::size_t Snapshot::Entry::bytes() const {
    std::size_t bytes = sizeof(Entry) + node_bytes + key.size() + value.size();
    for (const auto& [name, text] : header_texts) {
        bytes +=
            sizeof(header_texts.front()) + sizeof(Header) + name.size() + (text ? text->size() : 0);
    }
    return bytes;
}

std::size_t Snapshot::Hash::operator()(const Key& key) const {
    return std::hash<std::string_view>()(key.key) + static_cast<std::size_t>(key.partition);
}

void Snapshot::add(const Record& record) {
    if (!record.key) return;
    forget({record.partition, *record.key});
    if (!record.value) return;

    const Place place{record.partition, record.offset};
    topic_ = record.topic;
    Entry& entry = entries_[place];
    entry.key = *record.key;
    entry.value = *record.value;
    entry.timestamp = record.timestamp;
    entry.header_texts.reserve(record.headers.size());
    for (const Header& header : record.headers) {
        entry.header_texts.emplace_back(header.name, header.value);
        const auto& [name, text] = entry.header_texts.back();
        entry.headers.push_back({name, text});
    }
    bytes_ += entry.bytes();
    by_key_.emplace(Key{record.partition, entry.key}, place);
}

std::vector<Record> Snapshot::first(std::size_t count) const {
    std::vector<Record> records;
    for (const auto& [place, entry] : entries_) {
        if (records.size() == count) break;
        records.push_back({.topic = topic_,
                           .partition = place.first,
                           .offset = place.second,
                           .timestamp = entry.timestamp,
                           .key = entry.key,
                           .value = entry.value,
                           .headers = entry.headers});
    }
    return records;
}

void Snapshot::take(std::size_t count) {
    for (; count > 0; --count) {
        const auto& [place, entry] = *entries_.begin();
        forget({place.first, entry.key});
    }
}

void Snapshot::forget(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    const auto entry = entries_.find(found->second);
    bytes_ -= entry->second.bytes();
    by_key_.erase(found);
    entries_.erase(entry);
}

}  // namespace gateway::fanout
