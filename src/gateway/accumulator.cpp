#include "gateway/accumulator.hpp"

#include <cassert>
#include <cstring>
#include <memory>

namespace gateway {

std::string_view Accumulator::copied(std::string_view text) {
    if (text.empty()) return {"", 0};
    bytes_ += text.size();
    char* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
}

void Accumulator::add(std::span<const OutgoingRecord> records) {
    for (OutgoingRecord record : records) {
        record.topic = copied(record.topic);
        if (record.key) record.key = copied(*record.key);
        if (record.value) record.value = copied(*record.value);
        if (!record.headers.empty()) {
            auto* headers = static_cast<Header*>(
                memory_.allocate(record.headers.size_bytes(), alignof(Header)));
            std::uninitialized_copy(record.headers.begin(), record.headers.end(), headers);
            for (Header& header : std::span(headers, record.headers.size())) {
                header.name = copied(header.name);
                if (header.value) header.value = copied(*header.value);
            }
            bytes_ += record.headers.size_bytes();
            record.headers = {headers, record.headers.size()};
        }
        record.routing_key = copied(record.routing_key);
        bytes_ += sizeof(OutgoingRecord);
        records_.push_back(record);
    }
}

std::span<const OutgoingRecord> Accumulator::waiting() const {
    return std::span(records_).subspan(taken_);
}

void Accumulator::take(std::size_t count) {
    assert(count <= records_.size() - taken_);
    taken_ += count;
    if (!is_empty()) return;
    records_.clear();
    memory_.release();
    taken_ = 0;
    bytes_ = 0;
}

}  // namespace gateway
