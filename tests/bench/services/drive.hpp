#pragma once

#include <chrono>
#include <cstddef>

#include "load/poller.hpp"
#include "services/runs.hpp"
#include "services/tally.hpp"

namespace bench {

/// Reads from the callers, which the poller knows by their places, and from the workers behind
/// them, until the tally has enough.
template <typename Callers, typename Workers>
void drive(Poller& poller, const Jobs& jobs, Callers& callers, Workers& workers, Tally& tally) {
    while (tally.goes_on()) {
        poller.wait(Clock::now() + std::chrono::milliseconds(100),
                    [&](std::size_t index, bool, bool) {
                        if (index < jobs.callers) return callers[index].read(tally);
                        workers[index - jobs.callers].read();
                    });
    }
}

}  // namespace bench
