#include <string>
#include <utility>

#include "gateway/requests.hpp"
#include "gateway/session.hpp"
#include "gateway/shard.hpp"

namespace gateway {

void report_health(Session& session, const Request& request) {
    auto asked = session.begin(request);
    if (!asked) return;
    session.shard().health.report(
        session.shard().executor,
        [weak = session.weak_from_this(), asked = *std::move(asked)](const std::string& report) {
            if (const auto self = weak.lock()) self->answer(asked, report);
        });
}

}  // namespace gateway
