#pragma once

#include <string>
#include <vector>

#include "http/route.hpp"

namespace gateway::http {

/// The same routes for clients that are no pages, for pages of the server's own host, and for those
/// of `origins` ("*": all), which may read the replies. Other pages get 403, also where a browser
/// sends no Origin and says only that another site asks (Fetch Metadata, Sec-Fetch-Site): what a
/// GET takes cannot be taken by any page there is. Browsers may ask first by OPTIONS (Fetch
/// standard, "CORS protocol").
[[nodiscard]] std::vector<Route> for_origins(std::vector<Route> routes,
                                             const std::vector<std::string>& origins);

}  // namespace gateway::http
