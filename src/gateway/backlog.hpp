#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "broker/record.hpp"
#include "gateway/range.hpp"

namespace gateway {

/// What a subscription holds back while its client is slow: messages, of which a newer one of the
/// same key replaces the older, and the exact ranges of the records that are left out.
///
/// Of one partition everything comes out in the order of the offsets; of several, by age. Ranges
/// do not grow beyond the messages between them, and one a partition. Pure; not thread-safe.
class Backlog {
public:
    /// These are left out; they follow everything that is held of their partition.
    void leave_out(std::string_view topic, std::int32_t partition, std::int64_t from,
                   std::int64_t to);

    /// Keeps a record's message, in the place of the one with the same key in its partition, which
    /// is left out from now on. One without a key stays.
    void keep(const Record& record, std::string message);

    /// Keeps a message that nothing replaces, and that takes its partition as far as `next`. One
    /// that belongs to no partition has a `next` without a topic.
    void keep(std::string message, const Position& next);

    /// What it holds of this partition is of a log that is gone: it still comes out, and leads
    /// nowhere.
    void forget_places(const TopicPartition& partition);

    /// Forgets what it holds of these, messages and ranges.
    void drop(std::span<const TopicPartition> partitions);

    [[nodiscard]] bool holds(std::string_view topic, std::int32_t partition) const;

    struct Item {
        std::optional<Range> gap;  ///< Left out before the message.
        std::string message;       ///< May be empty: only a gap.
        bool is_record = false;    ///< The message is a record's.
        Position next;             ///< Where it leads to, or without a topic: nowhere.
    };

    /// The next to leave; there must be one.
    [[nodiscard]] Item take();

    /// Whether that is a record's message.
    [[nodiscard]] bool is_record_next() const;

    [[nodiscard]] bool is_empty() const { return partitions_.empty(); }

    /// Memory held, roughly.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct Span {
        std::int64_t from = 0;
        std::int64_t to = 0;
    };
    struct Node {
        std::uint64_t age = 0;
        std::int64_t next = 0;
        bool is_record = false;
        bool leads_nowhere = false;
        std::optional<Span> gap{};
        std::optional<std::string> key{};
        std::string message{};

        [[nodiscard]] std::size_t bytes() const;
    };
    using Nodes = std::list<Node>;
    struct Partition {
        std::string topic;
        std::int32_t number = 0;
        Nodes nodes{};
        std::unordered_map<std::string_view, Nodes::iterator> by_key{};
        std::optional<Span> tail{};  ///< Left out behind the last node.
        std::uint64_t tail_age = 0;

        [[nodiscard]] std::uint64_t age() const {
            return nodes.empty() ? tail_age : nodes.front().age;
        }
    };

    [[nodiscard]] Partition& at(std::string_view topic, std::int32_t partition);
    [[nodiscard]] std::deque<Partition>::const_iterator oldest() const;
    void append(Partition& partition, Node node);
    void leave_out(Partition& partition, Nodes::iterator replaced);
    [[nodiscard]] Item take_tail(Partition& partition);
    [[nodiscard]] Item take_front(Partition& partition);

    std::deque<Partition> partitions_;  ///< Those that hold something.
    std::uint64_t next_age_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace gateway
