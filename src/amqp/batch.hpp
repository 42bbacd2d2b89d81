#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "amqp/channel.hpp"
#include "amqp/properties.hpp"
#include "broker/record.hpp"

namespace gateway::amqp {

/// Records of one topic as they came off a connection together, copied once.
class Batch {
public:
    /// `topic` is that of every record.
    explicit Batch(std::string topic) : topic_(std::move(topic)) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void add(const Content& content, bool with_headers) {
        Record record{.topic = topic_};
        read_message(*content.properties, content.body, with_headers, memory_, record);
        bytes_ += content.body.size();
        records_.push_back(record);
    }

    /// The first record's offset is `first`; those behind it follow.
    void number_from(std::int64_t first) {
        for (Record& record : records_) record.offset = first++;
    }

    [[nodiscard]] std::span<const Record> records() const { return records_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    std::string topic_;
    std::pmr::monotonic_buffer_resource memory_;
    std::vector<Record> records_;
    std::size_t bytes_ = 0;  ///< Of the bodies.
};

}  // namespace gateway::amqp
