#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "broker/record.hpp"
#include "kafka/handle.hpp"

namespace gateway::kafka {

/// Messages taken from librdkafka together, seen as Records, and marks between them: what stands in
/// a record's place, the end of a partition or an error. Its memory is used again for the next.
class Batch {
public:
    static constexpr std::size_t limit = 1000;  ///< Messages; more at once gain nothing.

    enum class WithHeaders : bool { no, yes };

    explicit Batch(WithHeaders with_headers) : with_headers_(with_headers == WithHeaders::yes) {}
    ~Batch() { clear(); }

    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    /// Whether a message is kept, be it a record or a mark.
    using Filter = std::function<bool(const rd_kafka_message_t&)>;

    /// What a queue gave, kept or not.
    struct Loaded {
        std::size_t messages = 0;
        std::size_t bytes = 0;  ///< Of their values.
    };

    /// Replaces what it held by what the queue has, without waiting.
    Loaded load(rd_kafka_queue_t* queue, const Filter& keeps);

    /// The records that have not been taken yet, up to the next mark.
    [[nodiscard]] std::span<const Record> rest() const;

    /// The mark that comes before the rest; null if none does.
    [[nodiscard]] const rd_kafka_message_t* mark() const;

    void take(std::size_t records) { taken_ += records; }
    void pass_mark() { ++passed_; }

    /// Lets go of what has not been taken or passed and is not `kept`.
    void keep_if(const Filter& keeps);

    /// Lets go of everything.
    void clear();

private:
    struct Mark {
        std::size_t before = 0;  ///< The number of the record that follows it.
        const rd_kafka_message_t* message = nullptr;
    };

    void view();

    bool with_headers_;
    std::vector<rd_kafka_message_t*> loaded_;
    std::vector<Message> messages_;
    std::vector<Record> records_;  ///< A view of each message that is no mark.
    std::vector<Mark> marks_;
    std::vector<Header> headers_;
    std::vector<std::size_t> header_ends_;
    std::size_t taken_ = 0;
    std::size_t passed_ = 0;
};

}  // namespace gateway::kafka
