#include <thread>

#include <fmt/format.h>

#include "fanout/crowd.hpp"
#include "fanout/runs.hpp"
#include "fanout/theme.hpp"
#include "measure/process.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto settling = 2s;

}  // namespace

std::string run_memory(const Stage& stage, const Audience& audience) {
    const Theme theme(stage, audience);
    const auto grown = [&, before = private_bytes_of(stage.server)] {
        std::this_thread::sleep_for(settling);
        const auto after = private_bytes_of(stage.server);
        return (static_cast<double>(after) - static_cast<double>(before)) /
               static_cast<double>(audience.subscribers);
    };
    Poller poller;
    Crowd crowd(stage.address, audience.subscribers);
    const double idle = grown();
    crowd.subscribe(theme.dialect(), poller);
    const double subscribed = grown();
    return fmt::format(
        R"({{"mode":"memory","subscribers":{},"idle_bytes":{:.0f},"subscribed_bytes":{:.0f},)"
        R"("bytes_each":{:.0f}}})",
        crowd.size(), idle, subscribed, subscribed - idle);
}

}  // namespace bench
