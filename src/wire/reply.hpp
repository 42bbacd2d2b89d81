#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "wire/message.hpp"

namespace gateway {

/// What every reply begins with.
struct ReplyHead {
    std::uint64_t id = 0;
    std::string_view refid;  ///< The JSON text of the request's id; empty stands for null.
    Type type = Type::unknown;
    Action action = Action::none;
};

/// Each appends one message. `payload` and `results` are JSON text.
void append_reply(std::string& out, const ReplyHead& head);
void append_reply(std::string& out, const ReplyHead& head, std::string_view payload);

/// `notif`/`create` with `ack`.
void append_acknowledged(std::string& out, const ReplyHead& head, std::string_view topic,
                         std::int32_t partition, std::int64_t offset);

/// `topic`/`subscribe` alone has its payload before its status, as its ancestor wrote it.
void append_subscribed(std::string& out, const ReplyHead& head, std::string_view payload);

/// The same where the request asked for positions. `sub` is the subscription's name as
/// `append_string` writes it, or empty; `positions` is a JSON array of them.
void append_subscribed(std::string& out, const ReplyHead& head, std::string_view sub,
                       std::string_view payload, std::string_view positions);

/// `results` may be empty; it says what became of each record of an array.
void append_failure(std::string& out, const ReplyHead& head, const Error& error,
                    std::string_view results = {});

/// Pieces of payloads.
void append_number(std::string& out, std::int64_t number);
void append_strings(std::string& out, std::span<const std::string> texts);
void append_position(std::string& out, std::string_view topic, std::int32_t partition,
                     std::int64_t offset);
void append_error(std::string& out, const Error& error);

}  // namespace gateway
