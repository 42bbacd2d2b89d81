#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/header.hpp"
#include "base/timestamp.hpp"

namespace gateway {

/// One partition of one topic.
struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;

    friend bool operator==(const TopicPartition&, const TopicPartition&) = default;
    friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// A place in a partition: the offset of a record.
struct Position {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;

    friend bool operator==(const Position&, const Position&) = default;
};

/// What the name of an outgoing record's destination names. A broker that has topics alone takes a
/// queue for the topic of that name, and refuses an exchange with not_supported. The exchange whose
/// name is empty passes a record to the queue that its routing key names; where there is none, the
/// record fails with topic_not_found, while as a `queue` it would be declared.
enum class Destination : std::uint8_t { topic, queue, exchange };

/// A record on its way to a broker. Everything in it is a view that need live only as long as the
/// call it is passed to.
struct OutgoingRecord {
    /// The broker chooses: by the key's hash, or spread where there is no key.
    static constexpr std::int32_t any_partition = -1;

    std::string_view topic;  ///< Or the queue or exchange, as `destination` says.
    std::optional<std::string_view> key{};
    std::optional<std::string_view> value{};  ///< Absent: a tombstone, which deletes the key.
    std::span<const Header> headers{};
    std::int32_t partition = any_partition;
    std::optional<Timestamp> timestamp{};  ///< Absent: the broker's or this moment's.
    std::uint32_t token = 0;  ///< Comes back with the report; means nothing to the broker.
    Destination destination = Destination::topic;
    std::string_view routing_key{};  ///< For an exchange.
};

/// A record as the broker has it. Everything in it is a view into the broker's memory, valid
/// during the call that passes it.
struct Record {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    Timestamp timestamp = -1;
    std::optional<std::string_view> key{};
    std::optional<std::string_view> value{};  ///< Absent: a tombstone.
    std::span<const Header> headers{};        ///< Filled where the consumer asked for them.
};

}  // namespace gateway
