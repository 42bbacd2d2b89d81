#include <variant>

#include "gateway/requests.hpp"
#include "gateway/session.hpp"

namespace gateway {

void send_records(Session& session, const Request& request) {
    session.publisher().add(request, std::get<Sends>(request.payload));
}

}  // namespace gateway
