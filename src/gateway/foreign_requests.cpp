#include <string>
#include <variant>

#include "gateway/requests.hpp"
#include "gateway/routing.hpp"
#include "gateway/session.hpp"
#include "gateway/shard.hpp"

namespace gateway {

void offer(Session& session, const Request& request) {
    const auto& foreign = std::get<Foreign>(request.payload);
    Routing* const routing = session.shard().routing;
    if (!routing) {
        return session.refuse(request, Error(Errc::unknown_type,
                                             "\"t\" must be topic, notif, node, health, "
                                             "service, command or event"));
    }
    const auto records = routing->route(foreign.text, session.client_id(), session.user());
    if (!records) return session.refuse(request, records.error());
    if (records->empty()) return session.refuse(request, Errc::no_route);
    if (!foreign.ack && !request.id.empty()) {
        session.accept(request, std::to_string(records->size()));
    }
    session.publisher().route(request, *records, foreign.ack);
}

}  // namespace gateway
