#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/header.hpp"

namespace gateway {

/// A message's "t".
enum class Type : std::uint8_t { unknown, topic, notif, health };

/// A message's "a"; `none` where there is none.
enum class Action : std::uint8_t { none, unknown, create, send, list, subscribe, unsubscribe };

/// As they stand on the wire; empty for `unknown` and `none`.
[[nodiscard]] std::string_view name_of(Type type);
[[nodiscard]] std::string_view name_of(Action action);

/// `topic`/`create`, one entry of its payload.
struct NewTopic {
    std::string_view topic;
    std::optional<std::int32_t> partitions;
    std::optional<std::int16_t> replication;
    std::vector<std::pair<std::string_view, std::string_view>> config;
};

/// `topic`/`create`
struct CreateTopics {
    std::vector<NewTopic> topics;
};

/// `topic`/`list`
struct ListTopics {
    std::optional<std::string_view> broker;
};

/// `topic`/`subscribe`
struct Subscribe {
    std::vector<std::string_view> topics;
    std::optional<std::string_view> consumer_group;
    bool meta = false;
    bool decode_json = false;
    std::optional<std::size_t> mq_limit;
    bool has_mq_interval = false;
    std::optional<std::int64_t> mq_interval;  ///< Milliseconds; absent if it was null.
};

/// `topic`/`unsubscribe`: the topics to give up, or all.
struct Unsubscribe {
    std::optional<std::vector<std::string_view>> topics;
};

/// `health`
struct ReportHealth {};

/// One record of `notif`/`create`.
struct Send {
    std::string_view topic;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;  ///< Absent: a tombstone.
    std::span<const Header> headers;
    std::int32_t partition = -1;
    std::optional<std::int64_t> timestamp;
    bool ack = false;
};

/// `notif`/`create`: a record, or several under one id.
struct Sends {
    std::span<const Send> records;
    bool is_array = false;  ///< As it was written: an array is answered with an array.
};

/// A request, or why it is none.
struct Request {
    std::string_view id;  ///< The JSON text of the client's id; empty where there was none.
    Type type = Type::unknown;
    Action action = Action::none;
    std::variant<std::monostate, Error, Sends, CreateTopics, ListTopics, Subscribe, Unsubscribe,
                 ReportHealth>
        payload;
};

}  // namespace gateway
