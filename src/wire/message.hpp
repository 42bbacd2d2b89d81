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

/// Of a request's id, as it is spelled.
constexpr std::size_t max_id_bytes = 256;

/// A message's "t".
enum class Type : std::uint8_t {
    unknown,
    topic,
    notif,
    health,
    node,
    service,
    command,
    event,
};

/// A message's "a"; `none` where there is none.
enum class Action : std::uint8_t {
    none,
    unknown,
    create,
    send,
    list,
    subscribe,
    unsubscribe,
    pause,
    resume,
    pull,
    ack,
    filter,
    register_,  ///< "register", which C++ keeps for itself.
    unregister,
    watch,
    unwatch,
    cancel,
    reply,
    progress,
    emit,
    on,
    off,
    gap,  ///< Only from the server, and so the next.
    snapshot_end,
    request,
    join,
    leave,
};

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

/// Where a record stands, as a client names it.
struct PositionView {
    std::string_view topic;
    std::int32_t partition = 0;  ///< At least 0.
    std::int64_t offset = 0;     ///< At least 0.
};

/// `topic`/`subscribe`
struct Subscribe {
    enum class Mode : std::uint8_t { group, broadcast };
    enum class Flow : std::uint8_t { push, pull };
    enum class Slow : std::uint8_t { pause, drop, conflate, close };

    struct Latest {};
    struct Earliest {};
    struct Since {
        std::int64_t timestamp = 0;  ///< Milliseconds since 1970, at least 0.
    };
    struct Last {
        std::int64_t count = 0;  ///< At least 1.
    };
    using Cursor = std::vector<PositionView>;  ///< Each partition once, in order; may be empty.
    using From = std::variant<Latest, Earliest, Since, Last, Cursor>;

    std::vector<std::string_view> topics;  ///< Names, and patterns, which begin with "^".
    std::optional<std::string_view> consumer_group;
    bool meta = false;
    bool decode_json = false;
    std::optional<std::size_t> mq_limit;
    bool has_mq_interval = false;
    std::optional<std::int64_t> mq_interval;  ///< Milliseconds; absent if it was null.

    std::optional<std::string_view> sub;  ///< Absent: the subscription without a name.
    Mode mode = Mode::group;
    std::optional<From> from;
    bool snapshot = false;
    std::optional<std::string_view> filter;             ///< The JSON text of an object.
    std::optional<std::vector<std::string_view>> keys;  ///< At least one.
    Flow flow = Flow::push;
    Slow slow = Slow::pause;
    bool client_ack = false;
    std::optional<std::size_t> max_unacked;  ///< At least 1; only with `client_ack`.

    /// `from`, `mode`, `snapshot` or `sub` stood there: the reply tells the positions.
    bool wants_positions = false;
};

/// `topic`/`unsubscribe`: topics to give up, or subscriptions by name; all, if neither is there.
struct Unsubscribe {
    std::optional<std::vector<std::string_view>> topics;
    std::optional<std::vector<std::string_view>> subs;
};

/// `topic`/`pause`
struct Pause {
    std::optional<std::string_view> sub;
};

/// `topic`/`resume`
struct Resume {
    std::optional<std::string_view> sub;
};

/// `notif`/`pull`: credit for so many notifications more.
struct Pull {
    std::uint32_t count = 0;  ///< 1 to 1000000.
    std::optional<std::string_view> sub;
};

/// One record that `notif`/`ack` acknowledges.
struct Ack {
    PositionView position;
    std::optional<std::string_view> sub;
};

/// `notif`/`ack`
struct Acks {
    std::span<const Ack> records;  ///< At least one.
};

/// `notif`/`filter`: the filter that holds from now on.
struct ChangeFilter {
    std::optional<std::string_view> filter;  ///< The JSON text of an object; absent if it was null.
    bool has_keys = false;                   ///< Otherwise the keys stay as they are.
    std::optional<std::vector<std::string_view>> keys;  ///< At least one; absent if it was null.
    std::optional<std::string_view> sub;
};

/// `health`
struct ReportHealth {};

/// `node`/`list`
struct ListNodes {};

/// `service`/`register`
struct Register {
    std::string_view service;
    std::vector<std::string_view> commands;  ///< May be empty.
    std::optional<std::string_view> about;   ///< JSON text.
    std::uint32_t credit = 1;                ///< 1 to 1000000.
};

/// `service`/`unregister`: absent, every one of the connection.
struct Unregister {
    std::optional<std::string_view> service;
};

/// `service`/`list`, and so the next: absent, every service.
struct ListServices {
    std::optional<std::string_view> service;
};
struct Watch {
    std::optional<std::string_view> service;
};
struct Unwatch {
    std::optional<std::string_view> service;
};

/// `command`/`send`
struct Command {
    std::string_view service;
    std::string_view command;              ///< Empty where there is none; at most 255 bytes.
    std::string_view key;                  ///< Empty where there is none; at most 255 bytes.
    std::string_view data = "null";        ///< JSON text.
    std::optional<std::uint32_t> timeout;  ///< Milliseconds, at least 1.
    bool wants_progress = false;
};

/// `command`/`cancel`
struct CancelCommand {
    std::string_view id;  ///< The JSON text of the id that the command was sent under.
};

/// `command`/`reply` and `command`/`progress`: what a worker has to say.
struct CommandReply {
    std::string_view job;            ///< The "refid", a string.
    std::string_view data = "null";  ///< JSON text.
    bool is_failure = false;         ///< "s" was 1; not of a progress.
};

/// `event`/`emit`
struct Emit {
    std::string_view name;
    std::optional<std::string_view> service;
    std::string_view data = "null";  ///< JSON text.
};

/// `event`/`on`: at least one of the two.
struct Listen {
    std::optional<std::string_view> name;  ///< Or a pattern.
    std::optional<std::string_view> service;
};

/// `event`/`off`: what `on` was told; neither, everything.
struct Unlisten {
    Listen what;
};

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

/// A message whose "t" is missing or unknown: what the configured routes are for.
struct Foreign {
    std::string_view text;  ///< All of it. Its brackets match; whether it is JSON was not asked.
    bool ack = false;       ///< "ack":true stands in it.
};

/// A request, or why it is none.
struct Request {
    std::string_view id;  ///< The JSON text of the client's id; empty where there was none.
    Type type = Type::unknown;
    Action action = Action::none;

    /// Subscribe is large and rare: the parser keeps it, so that a frame of many sends stays small.
    std::variant<std::monostate, Error, Sends, Acks, Pull, CreateTopics, ListTopics,
                 const Subscribe*, Unsubscribe, Pause, Resume, ChangeFilter, ReportHealth,
                 ListNodes, Register, Unregister, ListServices, Watch, Unwatch, Command,
                 CancelCommand, CommandReply, Emit, Listen, Unlisten, Foreign>
        payload;
};

}  // namespace gateway
