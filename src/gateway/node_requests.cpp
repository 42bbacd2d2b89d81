#include <string>
#include <utility>

#include "gateway/nodes.hpp"
#include "gateway/requests.hpp"
#include "gateway/session.hpp"
#include "gateway/shard.hpp"

namespace gateway {

void list_nodes(Session& session, const Request& request) {
    Nodes* const nodes = session.shard().nodes;
    if (!nodes) {
        return session.refuse(
            request, Error(Errc::not_supported,
                           "this server knows of no other: deliveries.enabled is not set"));
    }
    auto asked = session.begin(request);
    if (!asked) return;
    nodes->list(session.shard().executor, [weak = session.weak_from_this(),
                                           asked = *std::move(asked)](const std::string& list) {
        if (const auto self = weak.lock()) self->answer(asked, list);
    });
}

}  // namespace gateway
