#include "wire/payload.hpp"

#include <span>

#include <fmt/format.h>

namespace gateway {

namespace {

using simdjson::ondemand::json_type;

constexpr std::size_t kept_headers = 4096;

bool needs(Reader& reader, std::string_view what) {
    return reader.fail(Errc::invalid_payload, fmt::format("\"p\" is missing; it must be {}", what));
}

bool no_such_action(Reader& reader, Type type) {
    return reader.fail(Errc::unknown_action,
                       fmt::format("\"a\" is missing or not an action of \"{}\"", name_of(type)));
}

bool read_notif(Reader& reader, Reader::Value* value, PayloadStore& store,
                std::vector<Request>& requests) {
    Request& out = requests.back();
    switch (out.action) {
        case Action::create:
        case Action::send:
            if (!value) return needs(reader, R"(an object with "t" and "m", or an array of them)");
            store.sends.open(requests.size() - 1);
            return read_sends(reader, *value, store, out.payload.emplace<Sends>());
        case Action::ack:
            if (!value) {
                return needs(reader, R"(an object with "topic", "partition" and "offset", or an )"
                                     "array of them");
            }
            store.acks.open(requests.size() - 1);
            out.payload.emplace<Acks>();
            return read_acks(reader, *value, store);
        case Action::pull:
            if (!value) return needs(reader, R"(an object with "n")");
            return read_pull(reader, *value, out.payload.emplace<Pull>());
        case Action::filter:
            if (!value) return needs(reader, R"(an object with "filter")");
            return read_change_filter(reader, *value, out.payload.emplace<ChangeFilter>());
        default:
            return no_such_action(reader, out.type);
    }
}

bool read_topic(Reader& reader, Reader::Value* value, PayloadStore& store, Request& out) {
    switch (out.action) {
        case Action::create:
            if (!value) return needs(reader, "an array of topics");
            return read_create_topics(reader, *value, out.payload.emplace<CreateTopics>());
        case Action::list: {
            auto& list = out.payload.emplace<ListTopics>();
            return !value || read_list_topics(reader, *value, list);
        }
        case Action::subscribe: {
            if (!value) return needs(reader, R"(an object with "t")");
            Subscribe& subscribe = store.subscribes.emplace_back();
            out.payload = &subscribe;
            return read_subscribe(reader, *value, subscribe);
        }
        case Action::unsubscribe: {
            auto& unsubscribe = out.payload.emplace<Unsubscribe>();
            return !value || read_unsubscribe(reader, *value, unsubscribe);
        }
        case Action::pause: {
            auto& pause = out.payload.emplace<Pause>();
            return !value || read_which(reader, *value, pause.sub);
        }
        case Action::resume: {
            auto& resume = out.payload.emplace<Resume>();
            return !value || read_which(reader, *value, resume.sub);
        }
        default:
            return no_such_action(reader, out.type);
    }
}

bool read_nothing(Reader& reader, Reader::Value* value, std::string_view request) {
    if (!value) return true;
    if (reader.is(*value, json_type::null)) return reader.check(*value);
    return reader.fail(Errc::invalid_payload, fmt::format("{} takes no \"p\"", request));
}

bool read_health(Reader& reader, Reader::Value* value, Request& out) {
    if (out.action != Action::none) return no_such_action(reader, out.type);
    out.payload.emplace<ReportHealth>();
    return read_nothing(reader, value, "health");
}

bool read_node(Reader& reader, Reader::Value* value, Request& out) {
    if (out.action != Action::list) return no_such_action(reader, out.type);
    out.payload.emplace<ListNodes>();
    return read_nothing(reader, value, "node/list");
}

bool read_services(Reader& reader, Reader::Value* value, Request& out) {
    switch (out.action) {
        case Action::register_:
            if (!value) return needs(reader, R"(an object with "service")");
            return read_register(reader, *value, out.payload.emplace<Register>());
        case Action::unregister: {
            auto& unregister = out.payload.emplace<Unregister>();
            return !value || read_service(reader, *value, unregister.service);
        }
        case Action::list: {
            auto& list = out.payload.emplace<ListServices>();
            return !value || read_service(reader, *value, list.service);
        }
        case Action::watch: {
            auto& watch = out.payload.emplace<Watch>();
            return !value || read_service(reader, *value, watch.service);
        }
        case Action::unwatch: {
            auto& unwatch = out.payload.emplace<Unwatch>();
            return !value || read_service(reader, *value, unwatch.service);
        }
        default:
            return no_such_action(reader, out.type);
    }
}

bool read_commands(Reader& reader, Reader::Value* value, Request& out) {
    switch (out.action) {
        case Action::send:
            if (!value) return needs(reader, R"(an object with "service")");
            return read_command(reader, *value, out.payload.emplace<Command>());
        case Action::cancel:
            if (!value) return needs(reader, R"(an object with "id")");
            return read_cancel(reader, *value, out.payload.emplace<CancelCommand>());
        case Action::reply:
        case Action::progress: {
            auto& reply = out.payload.emplace<CommandReply>();
            return !value || reader.text(*value, reply.data);
        }
        default:
            return no_such_action(reader, out.type);
    }
}

bool read_events(Reader& reader, Reader::Value* value, Request& out) {
    switch (out.action) {
        case Action::emit:
            if (!value) return needs(reader, R"(an object with "name")");
            return read_emit(reader, *value, out.payload.emplace<Emit>());
        case Action::on: {
            if (!value) return needs(reader, R"(an object with "name", "service" or both)");
            auto& listen = out.payload.emplace<Listen>();
            if (!read_listen(reader, *value, listen)) return false;
            return listen.name || listen.service ||
                   reader.fail(Errc::invalid_payload, R"(p must have "name", "service" or both)");
        }
        case Action::off: {
            auto& unlisten = out.payload.emplace<Unlisten>();
            if (!value) return true;
            if (reader.is(*value, json_type::null)) return reader.check(*value);
            return read_listen(reader, *value, unlisten.what);
        }
        default:
            return no_such_action(reader, out.type);
    }
}

}  // namespace

void PayloadStore::clear() {
    sends.clear();
    headers.clear();
    if (headers.capacity() > kept_headers) headers.shrink_to_fit();
    header_ends.clear();
    if (header_ends.capacity() > kept_headers) header_ends.shrink_to_fit();
    decoded.clear();
    acks.clear();
    subscribes.clear();
}

void PayloadStore::abandon(const Request& request) {
    if (std::holds_alternative<Sends>(request.payload)) {
        sends.abandon();
        header_ends.resize(sends.size());
        headers.resize(header_ends.empty() ? 0 : header_ends.back());
    } else if (std::holds_alternative<Acks>(request.payload)) {
        acks.abandon();
    }
}

void PayloadStore::join(std::vector<Request>& requests) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < sends.size(); ++i) {
        sends.items()[i].headers = std::span(headers).subspan(first, header_ends[i] - first);
        first = header_ends[i];
    }
    sends.each([&](std::size_t request, std::span<const Send> records) {
        std::get<Sends>(requests[request].payload).records = records;
    });
    acks.each([&](std::size_t request, std::span<const Ack> records) {
        std::get<Acks>(requests[request].payload).records = records;
    });
}

bool read_payload(Reader& reader, Reader::Value* value, PayloadStore& store,
                  std::vector<Request>& requests) {
    Request& out = requests.back();
    switch (out.type) {
        case Type::notif:
            return read_notif(reader, value, store, requests);
        case Type::topic:
            return read_topic(reader, value, store, out);
        case Type::health:
            return read_health(reader, value, out);
        case Type::node:
            return read_node(reader, value, out);
        case Type::service:
            return read_services(reader, value, out);
        case Type::command:
            return read_commands(reader, value, out);
        case Type::event:
            return read_events(reader, value, out);
        case Type::unknown:
            break;
    }
    return false;
}

}  // namespace gateway
