#include "fanout/snapshot.hpp"

#include <iterator>
#include <utility>

namespace gateway::fanout {

std::size_t Snapshot::Entry::bytes() const {
    std::size_t bytes = sizeof(Entry) + 2 * key.size() + value.size();
    for (const auto& [name, text] : header_texts) {
        bytes += sizeof(Header) + name.size() + (text ? text->size() : 0);
    }
    return bytes;
}

void Snapshot::add(const Record& record) {
    if (!record.key) return;
    std::string key(*record.key);
    forget(key);
    if (!record.value) return;

    const Place place{record.partition, record.offset};
    Entry& entry = entries_[place];
    entry.topic = record.topic;
    entry.key = key;
    entry.value = *record.value;
    entry.timestamp = record.timestamp;
    entry.header_texts.reserve(record.headers.size());
    for (const Header& header : record.headers) {
        entry.header_texts.emplace_back(header.name, header.value);
        const auto& [name, text] = entry.header_texts.back();
        entry.headers.push_back({name, text});
    }
    bytes_ += entry.bytes();
    by_key_.emplace(std::move(key), place);
}

std::vector<Record> Snapshot::first(std::size_t count) const {
    std::vector<Record> records;
    for (const auto& [place, entry] : entries_) {
        if (records.size() == count) break;
        records.push_back({.topic = entry.topic,
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
    for (; count > 0; --count) forget(std::string(entries_.begin()->second.key));
}

void Snapshot::forget(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return;
    const auto entry = entries_.find(found->second);
    bytes_ -= entry->second.bytes();
    entries_.erase(entry);
    by_key_.erase(found);
}

}  // namespace gateway::fanout
