#include "memory/block.hpp"

#include "memory/entry.hpp"

namespace gateway::memory {

Block::Block(std::span<const OutgoingRecord> records, std::size_t bytes_in)
    : bytes(bytes_in), entries(std::make_unique_for_overwrite<char[]>(bytes_in)) {
    items.reserve(records.size());
    char* to = entries.get();
    for (const auto& record : records) {
        if (topics.empty() || topics.back() != record.topic) topics.emplace_back(record.topic);
        const std::size_t size = entry_size(record);
        write_entry(record, to);
        to += size;
        items.push_back({.token = record.token,
                         .topic = static_cast<std::uint32_t>(topics.size() - 1),
                         .size = static_cast<std::uint32_t>(size),
                         .error = Item::no_error,
                         .partition = record.partition,
                         .offset = -1});
    }
}

std::size_t Block::cost(const OutgoingRecord& record) { return entry_size(record) + sizeof(Item); }

}  // namespace gateway::memory
