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
        case Action::gap:
            return "gap";
        case Action::snapshot_end:
            return "snapshot_end";
    }
    return {};
}

}  // namespace gateway
