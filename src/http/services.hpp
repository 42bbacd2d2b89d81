#pragma once

#include <vector>

#include "http/route.hpp"
#include "services/switchboard.hpp"

namespace gateway::http {

/// The doors of services over HTTP, as protocol/services.md says: for callers
/// `POST /service/{name}`, `GET` and `DELETE /jobs/{id}`; for workers `GET /service/{name}/jobs`,
/// `POST /jobs/{id}` and `/jobs/{id}/progress`; for all `GET /service`.
///
/// For one shard's listener. `board` must outlive the routes.
[[nodiscard]] std::vector<Route> service_routes(services::Switchboard& board);

}  // namespace gateway::http
