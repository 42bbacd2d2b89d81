#include "engineio/heartbeat.hpp"

#include <utility>

namespace gateway::engineio {

Heartbeat::Heartbeat(Revision revision, Duration interval, Duration timeout)
    : revision_(revision), interval_(interval), timeout_(timeout) {}

Heartbeat::Duration Heartbeat::delay() const {
    if (revision_ == Revision::v3) return interval_ + timeout_;
    return is_waiting_ ? timeout_ : interval_;
}

Heartbeat::Due Heartbeat::alarm(bool is_excused) {
    const bool is_heard = std::exchange(is_heard_, false);
    if (revision_ == Revision::v4 && !is_waiting_) {
        is_waiting_ = true;
        return Due::ping;
    }
    return is_heard || is_excused ? Due::nothing : Due::lost;
}

bool Heartbeat::beat() {
    is_heard_ = false;
    return revision_ == Revision::v3 || std::exchange(is_waiting_, false);
}

}  // namespace gateway::engineio
