#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "wire/message.hpp"
#include "wire/reader.hpp"
#include "wire/slices.hpp"

namespace gateway {

/// What a frame's requests point into, beside the document itself.
struct PayloadStore {
    Slices<Send> sends;
    std::vector<Header> headers;
    std::vector<std::size_t> header_ends;  ///< For each send, where its headers end.
    std::deque<std::string> decoded;       ///< base64 values.
    Slices<Ack> acks;
    std::deque<Subscribe> subscribes;

    /// Forgets the last frame.
    void clear();

    /// Gives back what a request has put here that is refused after all.
    void abandon(const Request& request);

    /// Joins requests and what they point to, when the frame is complete.
    void join(std::vector<Request>& requests);
};

/// Reads the "p" of the last of the frame's requests, whose type is known and action was read;
/// `value` is null where there was none.
bool read_payload(Reader& reader, Reader::Value* value, PayloadStore& store,
                  std::vector<Request>& requests);

bool read_sends(Reader& reader, Reader::Value& value, PayloadStore& store, Sends& out);
bool read_acks(Reader& reader, Reader::Value& value, PayloadStore& store);
bool read_pull(Reader& reader, Reader::Value& value, Pull& out);
bool read_change_filter(Reader& reader, Reader::Value& value, ChangeFilter& out);

bool read_create_topics(Reader& reader, Reader::Value& value, CreateTopics& out);
bool read_list_topics(Reader& reader, Reader::Value& value, ListTopics& out);
bool read_subscribe(Reader& reader, Reader::Value& value, Subscribe& out);
bool read_unsubscribe(Reader& reader, Reader::Value& value, Unsubscribe& out);

/// `topic`/`pause` and `topic`/`resume`: which subscription.
bool read_which(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out);

bool read_register(Reader& reader, Reader::Value& value, Register& out);

/// `service`/`unregister`, `list`, `watch`, `unwatch`: which service.
bool read_service(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out);

bool read_command(Reader& reader, Reader::Value& value, Command& out);
bool read_cancel(Reader& reader, Reader::Value& value, CancelCommand& out);
bool read_emit(Reader& reader, Reader::Value& value, Emit& out);
bool read_listen(Reader& reader, Reader::Value& value, Listen& out);

/// What a message says beside its payload, if it answers one of ours.
struct ReplyFields {
    std::optional<std::string_view> refid;  ///< Absent where it was no string.
    std::string_view status;                ///< The JSON text of "s"; empty where there was none.
};

/// Completes a CommandReply; of other requests it looks at nothing.
bool read_reply_fields(Reader& reader, const ReplyFields& fields, Request& out);

/// Pieces of payloads.
bool read_from(Reader& reader, Reader::Value& value, Subscribe::From& out);
bool read_filter(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out);
bool read_keys(Reader& reader, Reader::Value& value,
               std::optional<std::vector<std::string_view>>& out);

/// The name of a subscription.
bool read_sub(Reader& reader, Reader::Value& value, std::optional<std::string_view>& out);

/// {"topic","partition","offset"}, all three. Other members are passed over: the "o" of a
/// notification may stand here as it is. With `sub` there may also be the name of a subscription.
bool read_position(Reader& reader, Reader::Value& value, PositionView& out,
                   std::optional<std::string_view>* sub);

}  // namespace gateway
