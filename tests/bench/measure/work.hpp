#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// What was done in a stretch of time and what it cost: the server, if there is one, and this
/// process. A stretch begins when it is made and ends at `end`.
class Work {
public:
    /// With `server`, the processor time of that process is read at the beginning and at the end.
    explicit Work(std::optional<pid_t> server);

    /// The stretch is over, with so many messages.
    void end(std::uint64_t messages);

    /// One line of JSON: mode, messages, seconds, rate, and microseconds of processor time for
    /// each message: `server_cpu_us` (where there is a server) and `own_cpu_us`. `more` is further
    /// members, ready to be put in: `"size":100`.
    [[nodiscard]] std::string json(std::string_view mode, std::string_view more) const;

private:
    std::optional<pid_t> server_;
    Clock::time_point start_;
    double server_cpu_ = 0;
    double own_cpu_ = 0;
    double seconds_ = 0;
    std::uint64_t messages_ = 0;
};

}  // namespace bench
