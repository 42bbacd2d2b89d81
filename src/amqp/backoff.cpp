#include "amqp/backoff.hpp"

#include <algorithm>

namespace gateway::amqp {

Backoff::Duration Backoff::next(double random) {
    const Duration full = std::min(next_, most_);
    next_ = std::min(full * 2, most_);
    const auto part = static_cast<double>(full.count()) * (0.5 + 0.5 * random);
    return Duration(static_cast<Duration::rep>(part));
}

}  // namespace gateway::amqp
