#pragma once

#include <chrono>

namespace gateway::amqp {

/// How long to wait before the next try: twice as long each time, up to a limit, and of that a
/// random part, so that many servers do not come back together. Pure.
class Backoff {
public:
    using Duration = std::chrono::milliseconds;

    Backoff(Duration least, Duration most) : least_(least), most_(most), next_(least) {}

    /// `random` is from 0 to 1; half of the wait is certain.
    [[nodiscard]] Duration next(double random);

    /// It worked: begins anew.
    void reset() { next_ = least_; }

private:
    Duration least_;
    Duration most_;
    Duration next_;
};

}  // namespace gateway::amqp
