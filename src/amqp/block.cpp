#include "amqp/block.hpp"

#include <cstring>
#include <memory>

namespace gateway::amqp {

namespace {

constexpr std::size_t overhead = 64;  ///< Of a record, beside its bytes.

std::size_t total(std::span<const OutgoingRecord> records) {
    std::size_t bytes = 64;
    for (const auto& record : records) bytes += Block::cost(record);
    return bytes;
}

}  // namespace

std::size_t Block::payload(const OutgoingRecord& record) {
    std::size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
    for (const auto& [name, value] : record.headers) {
        bytes += name.size() + value.value_or("").size();
    }
    return bytes;
}

std::size_t Block::cost(const OutgoingRecord& record) {
    return overhead + payload(record) + record.topic.size() + record.routing_key.size() +
           record.headers.size_bytes();
}

Block::Block(std::span<const OutgoingRecord> records, Timestamp now, Time deadline)
    : memory_(total(records)), deadline_(deadline) {
    records_.reserve(records.size());
    std::string_view topic;
    for (OutgoingRecord record : records) {
        if (record.topic != topic || topic.data() == nullptr) topic = copied(record.topic);
        record.topic = topic;
        record.routing_key = copied(record.routing_key);
        if (record.key) record.key = copied(*record.key);
        if (record.value) record.value = copied(*record.value);
        if (!record.timestamp) record.timestamp = now;
        if (!record.headers.empty()) {
            auto* const headers = static_cast<Header*>(
                memory_.allocate(record.headers.size_bytes(), alignof(Header)));
            std::uninitialized_copy(record.headers.begin(), record.headers.end(), headers);
            record.headers = {headers, record.headers.size()};
            for (Header& header : std::span(headers, record.headers.size())) {
                header.name = copied(header.name);
                if (header.value) header.value = copied(*header.value);
            }
        }
        records_.push_back(record);
    }
}

std::string_view Block::copied(std::string_view text) {
    if (text.empty()) return {"", 0};
    char* const copy = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
}

}  // namespace gateway::amqp
