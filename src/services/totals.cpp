#include "services/totals.hpp"

namespace gateway::services {

void Totals::count(const Outcome& outcome) {
    if (outcome) {
        ++(outcome->is_failure ? failed : answered);
        return;
    }
    switch (outcome.error().code) {
        case Errc::job_cancelled:
            ++cancelled;
            break;
        case Errc::job_abandoned:
            ++abandoned;
            break;
        case Errc::draining:
            ++stopped;
            break;
        default:
            ++expired;
    }
}

}  // namespace gateway::services
