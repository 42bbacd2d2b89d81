#include "gateway/routes.hpp"

#include "gateway/requests.hpp"
#include "gateway/session.hpp"

namespace gateway {

namespace {

struct Route {
    Type type;
    Action action;
    void (*serve)(Session&, const Request&);
};

// Every request a client may make, the most frequent first. protocol/README.md has a section for
// each.
constexpr Route routes[] = {
    {Type::notif, Action::create, send_records},
    {Type::notif, Action::send, send_records},
    {Type::notif, Action::ack, acknowledge},
    {Type::notif, Action::pull, pull},
    {Type::notif, Action::filter, change_filter},
    {Type::topic, Action::create, create_topics},
    {Type::topic, Action::list, list_topics},
    {Type::topic, Action::subscribe, subscribe},
    {Type::topic, Action::unsubscribe, unsubscribe},
    {Type::topic, Action::pause, pause},
    {Type::topic, Action::resume, resume},
    {Type::health, Action::none, report_health},
    {Type::node, Action::list, list_nodes},
    {Type::command, Action::send, send_command},
    {Type::command, Action::reply, reply_to_command},
    {Type::command, Action::progress, report_progress},
    {Type::command, Action::cancel, cancel_command},
    {Type::event, Action::emit, emit_event},
    {Type::event, Action::on, listen},
    {Type::event, Action::off, unlisten},
    {Type::service, Action::register_, register_service},
    {Type::service, Action::unregister, unregister_service},
    {Type::service, Action::list, list_services},
    {Type::service, Action::watch, watch_services},
    {Type::service, Action::unwatch, unwatch_services},
};

}  // namespace

void route(Session& session, const Request& request) {
    if (const auto* error = std::get_if<Error>(&request.payload)) {
        return session.refuse(request, *error);
    }
    if (request.type == Type::unknown) return offer(session, request);
    for (const Route& route : routes) {
        if (route.type == request.type && route.action == request.action) {
            return route.serve(session, request);
        }
    }
    session.refuse(request, Errc::unknown_action);
}

}  // namespace gateway
