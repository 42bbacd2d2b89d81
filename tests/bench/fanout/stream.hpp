#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "fanout/crowd.hpp"
#include "fanout/feeder.hpp"
#include "load/poller.hpp"

namespace bench {

/// Keeps a server busy: sends while less than it should have is under way, and counts what comes.
class Stream {
public:
    /// `per_record` is how many subscribers a record goes to, `window` how many records are under
    /// way at most. All must outlive it.
    struct Options {
        std::uint64_t per_record = 1;
        std::uint64_t window = 1000;
        Form form;
    };
    Stream(Crowd& crowd, Feeder& feeder, Poller& poller, Options options);

    /// Runs until then. Throws std::runtime_error when nothing comes for long.
    void run_until(Clock::time_point end);

private:
    Crowd& crowd_;
    Feeder& feeder_;
    Poller& poller_;
    Options options_;
    bool is_writing_ = false;
};

}  // namespace bench
