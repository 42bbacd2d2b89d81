#include "wire/parser.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "wire/payload.hpp"

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

Type type_of(std::string_view name) {
    for (const Type type : {Type::notif, Type::topic, Type::health, Type::node, Type::command,
                            Type::event, Type::service}) {
        if (name == name_of(type)) return type;
    }
    return Type::unknown;
}

Action action_of(std::string_view name) {
    for (const Action action :
         {Action::create,    Action::send,       Action::ack,         Action::pull,
          Action::list,      Action::subscribe,  Action::unsubscribe, Action::pause,
          Action::resume,    Action::filter,     Action::reply,       Action::progress,
          Action::cancel,    Action::emit,       Action::on,          Action::off,
          Action::register_, Action::unregister, Action::watch,       Action::unwatch}) {
        if (name == name_of(action)) return action;
    }
    return Action::unknown;
}

/// What is given back between frames of ordinary size, so that one large frame is not remembered.
constexpr std::size_t kept_requests = 4096;

}  // namespace

struct Parser::State {
    std::size_t max_messages = 0;
    simdjson::ondemand::parser parser;
    std::vector<char> padded;
    Reader reader;
    PayloadStore store;
    std::vector<Request> requests;

    void parse(std::string_view frame);
    bool read_message(Reader::Value& value, Request& out);
    bool read_envelope(Reader::Object& object, Request& out);
    bool read_id(Reader::Value& value, Request& out);
    bool refuse_escaped(Reader::Field& field);
    bool read_foreign(Reader::Object& object, Foreign& out);
    bool read_name(Reader::Value& value, std::string_view path, std::string_view& out);
    void refuse(Request& request);
};

Parser::Parser(std::size_t max_messages) : state_(std::make_unique<State>()) {
    state_->max_messages = max_messages;
}

Parser::~Parser() = default;

std::span<const Request> Parser::parse(std::string_view frame) {
    State& state = *state_;
    state.requests.clear();
    if (state.requests.capacity() > kept_requests) state.requests.shrink_to_fit();
    state.store.clear();
    state.parse(frame);
    state.store.join(state.requests);
    return state.requests;
}

void Parser::State::parse(std::string_view frame) {
    // simdjson looks at the byte behind the frame when brackets do not match: it must not be one
    // that an earlier frame has left.
    padded.resize(frame.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(padded.data(), frame.data(), frame.size());
    std::memset(padded.data() + frame.size(), 0, simdjson::SIMDJSON_PADDING);

    reader.clear();
    simdjson::ondemand::document document;
    json_type type{};
    auto error = parser.iterate(padded.data(), frame.size(), padded.size()).get(document);
    if (!error) error = document.type().get(type);
    if (error) {
        reader.malformed(error);
        return refuse(requests.emplace_back());
    }
    if (type == json_type::object) {
        Reader::Value value;
        Request& request = requests.emplace_back();
        if ((error = document.get_value().get(value))) {
            reader.malformed(error);
            return refuse(request);
        }
        if (!read_message(value, request)) refuse(request);
        if (!reader.error() && !is_at_end(document)) {
            reader.malformed(simdjson::TRAILING_CONTENT);
            refuse(request);
        }
        return;
    }
    if (type != json_type::array) {
        reader.fail(Errc::malformed_message,
                    "a frame holds a message, an object, or an array of them");
        return refuse(requests.emplace_back());
    }

    Reader::Array array;
    error = document.get_array().get(array);
    if (!error) {
        for (auto element : array) {
            Reader::Value value;
            if ((error = element.get(value))) break;
            Request& request = requests.emplace_back();
            if (requests.size() > max_messages) {
                reader.clear();
                reader.fail(Errc::limit_reached,
                            fmt::format("a frame holds at most {} messages, by "
                                        "requests.max_messages; the rest of this one is dropped",
                                        max_messages));
                return refuse(request);
            }
            if (!read_message(value, request)) refuse(request);
        }
    }
    if (!error && !is_at_end(document)) error = simdjson::TRAILING_CONTENT;
    // The last message may already have been refused for the very spot that ends the reading.
    if (error && !requests.empty() && reader.is_syntax_error()) return;
    if (error || requests.empty()) {
        reader.clear();
        if (error) {
            reader.malformed(error);
        } else {
            reader.fail(Errc::malformed_message, "the array holds no message");
        }
        refuse(requests.emplace_back());
    }
}

void Parser::State::refuse(Request& request) {
    store.abandon(request);
    request.payload = *reader.error();
}

bool Parser::State::read_message(Reader::Value& value, Request& out) {
    reader.clear();
    if (!reader.is(value, json_type::object)) {
        return reader.fail(Errc::malformed_message, "a message is an object");
    }
    Reader::Object object;
    if (auto error = value.get_object().get(object)) return reader.malformed(error);
    return read_envelope(object, out);
}

bool Parser::State::read_envelope(Reader::Object& object, Request& out) {
    enum Key : unsigned { id, t, a, p, ack, refid, s };
    bool wants_ack = false;
    std::uint32_t seen = 0;
    bool payload_read = false;
    std::string_view name;
    ReplyFields reply;
    for (auto entry : object) {
        if (auto error = entry.error()) return reader.malformed(error);
        auto& field = entry.value_unsafe();
        const std::string_view key = spelling(field.key());
        Reader::Value& item = field.value();
        bool ok = true;
        if (key == "id") {
            ok = reader.once(seen, id, "id") && read_id(item, out);
        } else if (key == "t") {
            ok = reader.once(seen, t, "t") && read_name(item, "t", name);
            if (ok) out.type = type_of(name);
        } else if (key == "a") {
            ok = reader.once(seen, a, "a");
            if (ok && reader.is(item, json_type::null)) {
                ok = reader.check(item);
            } else if (ok && (ok = read_name(item, "a", name))) {
                out.action = action_of(name);
            }
        } else if (key == "p") {
            ok = reader.once(seen, p, "p");
            // The usual order lets the payload be read in passing. Elsewhere it is found again
            // once the type is known, since a document is read forward only.
            if (ok && out.type != Type::unknown && (seen & 1U << a || out.type == Type::health)) {
                ok = read_payload(reader, &item, store, requests);
                payload_read = true;
            }
        } else if (key == "ack" && reader.is(item, json_type::boolean)) {
            ok = reader.once(seen, ack, "ack") && reader.boolean(item, "ack", wants_ack);
        } else if (key == "refid" && reader.is(item, json_type::string)) {
            ok = reader.once(seen, refid, "refid") &&
                 reader.string(item, "refid", reply.refid.emplace());
        } else if (key == "s") {
            ok = reader.once(seen, s, "s") && reader.text(item, reply.status);
        } else if (key.find('\\') != std::string_view::npos) {
            ok = refuse_escaped(field) && reader.check(item);
        } else {
            ok = reader.check(item);
        }
        if (!ok) return false;
    }
    if (payload_read) return read_reply_fields(reader, reply, out);
    if (out.type == Type::unknown) {
        return read_foreign(object, out.payload.emplace<Foreign>(Foreign{{}, wants_ack}));
    }
    if (!(seen & 1U << p)) {
        return read_payload(reader, nullptr, store, requests) &&
               read_reply_fields(reader, reply, out);
    }

    if (auto error = object.reset().error()) return reader.malformed(error);
    for (auto entry : object) {
        if (auto error = entry.error()) return reader.malformed(error);
        auto& field = entry.value_unsafe();
        if (spelling(field.key()) == "p" &&
            !read_payload(reader, &field.value(), store, requests)) {
            return false;
        }
    }
    return read_reply_fields(reader, reply, out);
}

/// An escaped spelling of one of our keys must not be passed over.
bool Parser::State::refuse_escaped(Reader::Field& field) {
    std::string_view key;
    if (auto error = field.unescaped_key().get(key)) return reader.malformed(error);
    if (!simdjson::validate_utf8(key)) return reader.malformed(simdjson::STRING_ERROR);
    for (const std::string_view ours : {"id", "t", "a", "p", "ack"}) {
        if (key != ours) continue;
        return reader.fail(Errc::malformed_message,
                           fmt::format("the key {} is written without escapes", ours));
    }
    return true;
}

bool Parser::State::read_foreign(Reader::Object& object, Foreign& out) {
    if (auto error = object.reset().error()) return reader.malformed(error);
    if (auto error = object.raw_json().get(out.text)) return reader.malformed(error);
    // simdjson reaches to the next token.
    out.text = out.text.substr(0, out.text.rfind('}') + 1);
    return true;
}

/// What is no string names nothing that is known.
bool Parser::State::read_name(Reader::Value& value, std::string_view path, std::string_view& out) {
    if (reader.is(value, json_type::string)) return reader.string(value, path, out);
    out = "";
    return reader.check(value);
}

bool Parser::State::read_id(Reader::Value& value, Request& out) {
    json_type type{};
    if (auto error = value.type().get(type)) return reader.malformed(error);
    if (type == json_type::null) return reader.check(value);
    if (type != json_type::number && type != json_type::string) {
        return reader.fail(Errc::malformed_message, "id must be a number or a string");
    }
    std::string_view text;
    if (!reader.text(value, text)) return false;
    const std::size_t quotes = type == json_type::string ? 2 : 0;
    if (text.size() > max_id_bytes + quotes) {
        return reader.fail(Errc::malformed_message,
                           fmt::format("id is longer than {} bytes", max_id_bytes));
    }
    out.id = text;
    return true;
}

}  // namespace gateway
