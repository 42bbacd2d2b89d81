#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/record.hpp"
#include "broker/start.hpp"
#include "gateway/offsets.hpp"
#include "gateway/range.hpp"
#include "wire/json_check.hpp"

namespace gateway {

/// The frame that a subscription's next messages are gathered in.
///
/// Encodes each record as it comes, since records are views that do not last. Not thread-safe.
class NotificationFrame {
public:
    struct Options {
        std::size_t limit = 5000;           ///< Messages in a frame.
        std::size_t max_bytes = 256 << 10;  ///< It is full at this size.
        std::string sub{};                  ///< The subscription's name as JSON, or empty.
        bool meta = false;                  ///< With "o".
        bool decode_json = false;           ///< JSON values stand as JSON.
    };

    /// Both must outlive it.
    NotificationFrame(const Options& options, JsonCheck& json) : options_(options), json_(json) {}
    NotificationFrame(Options&&, JsonCheck&) = delete;

    void add(const Record& record, std::uint64_t id);

    /// A message that one of the functions below made.
    void add(std::string_view message);

    /// A partition moves on without a message, by a record that the client does not see or to an
    /// offset.
    void pass(const Record& record) {
        offsets_.note(record.topic, record.partition, record.offset + 1);
    }
    void pass(const Position& next) { offsets_.note(next.topic, next.partition, next.offset); }

    /// Nothing in it says any more how far these have come.
    void forget(std::span<const TopicPartition> partitions) { offsets_.drop(partitions); }

    [[nodiscard]] std::string message_of(const Record& record, std::uint64_t id);
    [[nodiscard]] std::string message_of(const Lost& lost, std::uint64_t id) const;

    /// Says that these records are left out.
    [[nodiscard]] std::string message_of(const Range& gap, std::uint64_t id) const;
    [[nodiscard]] std::string snapshot_end(std::uint64_t id) const;

    [[nodiscard]] bool is_empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t bytes() const { return text_.size(); }

    /// Something of this partition may be in it.
    [[nodiscard]] bool holds(std::string_view topic, std::int32_t partition) const {
        return !is_empty() && offsets_.find(topic, partition);
    }
    [[nodiscard]] bool is_full() const {
        return count_ >= options_.limit || text_.size() >= options_.max_bytes;
    }

    /// The frame, and where the subscription stands once it is delivered; another one begins.
    struct Taken {
        std::string text;
        std::vector<Position> next;
    };
    [[nodiscard]] Taken take();

    /// Where what passed leads to, in a frame that is empty.
    [[nodiscard]] std::vector<Position> take_passed() { return offsets_.take(); }

private:
    void separate();
    void encode(std::string& out, const Record& record, std::uint64_t id);

    const Options& options_;
    JsonCheck& json_;
    std::string text_;
    std::size_t count_ = 0;
    std::size_t expected_bytes_ = 0;  ///< The size of the last frame.
    Offsets offsets_;
};

}  // namespace gateway
