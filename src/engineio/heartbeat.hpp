#pragma once

#include <chrono>
#include <cstdint>

#include "engineio/packet.hpp"

namespace gateway::engineio {

/// Tells when a session's client is to be pinged, and when it is lost.
///
/// In revision 4 the server pings after each interval, and the client has the timeout to answer. In
/// revision 3 the client pings, and is lost when nothing was heard of it for interval and timeout.
///
/// Has no clock: its owner sets an alarm to `delay()` whenever it is told to, and says when it went
/// off.
class Heartbeat {
public:
    using Duration = std::chrono::milliseconds;
    enum class Due : std::uint8_t { nothing, ping, lost };

    Heartbeat(Revision revision, Duration interval, Duration timeout);

    /// Until the next alarm.
    [[nodiscard]] Duration delay() const;

    /// The alarm went off; it is to be set again, unless the client is lost. `is_excused`: that
    /// nothing was heard is our doing.
    [[nodiscard]] Due alarm(bool is_excused);

    /// The client's part of the heartbeat has come: its ping or its pong. Whether the alarm is to
    /// be set anew.
    [[nodiscard]] bool beat();

    /// Something else has come, so it is there.
    void heard() { is_heard_ = true; }

private:
    Revision revision_;
    Duration interval_;
    Duration timeout_;
    bool is_waiting_ = false;  ///< For the answer to our ping.
    bool is_heard_ = false;    ///< Since the alarm was set.
};

}  // namespace gateway::engineio
