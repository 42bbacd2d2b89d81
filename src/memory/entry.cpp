#include "memory/entry.hpp"

#include <cstring>

namespace gateway::memory {

namespace {

struct HeaderSizes {
    std::uint32_t name;
    std::int32_t value;  ///< -1: absent.
};

std::int32_t size_of(const std::optional<std::string_view>& text) {
    return text ? static_cast<std::int32_t>(text->size()) : -1;
}

char* put(char* to, std::string_view text) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

std::optional<std::string_view> view(const char* from, std::int32_t size) {
    if (size < 0) return std::nullopt;
    return std::string_view(from, static_cast<std::size_t>(size));
}

std::size_t present(std::int32_t size) { return size < 0 ? 0 : static_cast<std::size_t>(size); }

HeaderSizes header_sizes(const char* entry, std::size_t index) {
    HeaderSizes sizes;
    std::memcpy(&sizes, entry + sizeof(EntryHead) + index * sizeof sizes, sizeof sizes);
    return sizes;
}

/// Where the header's names and values begin.
const char* texts(const char* entry, const EntryHead& head) {
    return entry + sizeof(EntryHead) + head.headers * sizeof(HeaderSizes);
}

}  // namespace

std::size_t payload_size(const OutgoingRecord& record) {
    std::size_t size = record.headers.size() * sizeof(HeaderSizes);
    for (const auto& header : record.headers) {
        size += header.name.size() + (header.value ? header.value->size() : 0);
    }
    return size + (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
}

std::size_t entry_size(const OutgoingRecord& record) {
    return (sizeof(EntryHead) + payload_size(record) + 7) / 8 * 8;
}

void write_entry(const OutgoingRecord& record, char* entry) {
    const EntryHead head{.offset = -1,
                         .timestamp = record.timestamp.value_or(-1),
                         .size = static_cast<std::uint32_t>(entry_size(record)),
                         .key_size = size_of(record.key),
                         .value_size = size_of(record.value),
                         .headers = static_cast<std::uint32_t>(record.headers.size())};
    std::memcpy(entry, &head, sizeof head);

    char* to = entry + sizeof head;
    for (const auto& header : record.headers) {
        const HeaderSizes sizes{static_cast<std::uint32_t>(header.name.size()),
                                size_of(header.value)};
        std::memcpy(to, &sizes, sizeof sizes);
        to += sizeof sizes;
    }
    for (const auto& header : record.headers) {
        to = put(to, header.name);
        to = put(to, header.value.value_or(""));
    }
    to = put(to, record.key.value_or(""));
    put(to, record.value.value_or(""));
}

void stamp_entry(char* entry, std::int64_t offset, Timestamp timestamp) {
    std::memcpy(entry + offsetof(EntryHead, offset), &offset, sizeof offset);
    std::memcpy(entry + offsetof(EntryHead, timestamp), &timestamp, sizeof timestamp);
}

EntryHead read_head(const char* entry) {
    EntryHead head;
    std::memcpy(&head, entry, sizeof head);
    return head;
}

std::optional<std::string_view> entry_key(const char* entry, const EntryHead& head) {
    const char* from = texts(entry, head);
    for (std::size_t i = 0; i < head.headers; ++i) {
        const auto sizes = header_sizes(entry, i);
        from += sizes.name + present(sizes.value);
    }
    return view(from, head.key_size);
}

void read_entry(const char* entry, const EntryHead& head, Record& record,
                std::vector<Header>* headers) {
    const char* from = texts(entry, head);
    for (std::size_t i = 0; i < head.headers; ++i) {
        const auto sizes = header_sizes(entry, i);
        if (headers) {
            headers->push_back({{from, sizes.name}, view(from + sizes.name, sizes.value)});
        }
        from += sizes.name + present(sizes.value);
    }
    record.offset = head.offset;
    record.timestamp = head.timestamp;
    record.key = view(from, head.key_size);
    record.value = view(from + present(head.key_size), head.value_size);
}

}  // namespace gateway::memory
