#include "broker/received.hpp"

#include <numeric>

namespace gateway::contract {

namespace {

std::optional<std::string> owned(std::optional<std::string_view> text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

Received received(const Record& record) {
    Received received{.from = {std::string(record.topic), record.partition},
                      .offset = record.offset,
                      .timestamp = record.timestamp,
                      .key = owned(record.key),
                      .value = owned(record.value),
                      .headers = {}};
    for (const auto& header : record.headers) {
        received.headers.emplace_back(header.name, owned(header.value));
    }
    return received;
}

std::vector<std::int64_t> offsets_of(const std::vector<Received>& records,
                                     const TopicPartition& partition) {
    std::vector<std::int64_t> found;
    for (const auto& record : records) {
        if (record.from == partition) found.push_back(record.offset);
    }
    return found;
}

std::vector<std::int64_t> numbers_of(const std::vector<Received>& records, std::string_view topic) {
    std::vector<std::int64_t> found;
    for (const auto& record : records) {
        if (record.from.topic == topic) found.push_back(std::stoll(record.value.value_or("-1")));
    }
    return found;
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(last - first));
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

}  // namespace gateway::contract
