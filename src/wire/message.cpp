#include "wire/message.hpp"

namespace gateway {

std::string_view name_of(Type type) {
    switch (type) {
        case Type::unknown:
            return {};
        case Type::topic:
            return "topic";
        case Type::notif:
            return "notif";
        case Type::health:
            return "health";
        case Type::node:
            return "node";
        case Type::service:
            return "service";
        case Type::command:
            return "command";
        case Type::event:
            return "event";
    }
    return {};
}

std::string_view name_of(Action action) {
    switch (action) {
        case Action::none:
        case Action::unknown:
            return {};
        case Action::create:
            return "create";
        case Action::send:
            return "send";
        case Action::list:
            return "list";
        case Action::subscribe:
            return "subscribe";
        case Action::unsubscribe:
            return "unsubscribe";
        case Action::pause:
            return "pause";
        case Action::resume:
            return "resume";
        case Action::pull:
            return "pull";
        case Action::ack:
            return "ack";
        case Action::filter:
            return "filter";
        case Action::register_:
            return "register";
        case Action::unregister:
            return "unregister";
        case Action::watch:
            return "watch";
        case Action::unwatch:
            return "unwatch";
        case Action::cancel:
            return "cancel";
        case Action::reply:
            return "reply";
        case Action::progress:
            return "progress";
        case Action::emit:
            return "emit";
        case Action::on:
            return "on";
        case Action::off:
            return "off";
        case Action::gap:
            return "gap";
        case Action::snapshot_end:
            return "snapshot_end";
        case Action::request:
            return "request";
        case Action::join:
            return "join";
        case Action::leave:
            return "leave";
    }
    return {};
}

}  // namespace gateway
