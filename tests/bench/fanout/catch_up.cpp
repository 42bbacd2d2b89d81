#include <stdexcept>

#include <fmt/format.h>

#include "fanout/crowd.hpp"
#include "fanout/feeder.hpp"
#include "fanout/runs.hpp"
#include "fanout/theme.hpp"
#include "load/message.hpp"
#include "measure/work.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr std::size_t per_frame = 100;

}  // namespace

std::string run_catch_up(const Stage& stage, const Audience& audience) {
    const Theme theme(stage, audience);
    const auto value = value_of(audience.value_size);
    Feeder feeder(stage.address, theme.dialect());
    feeder.prepare(per_frame, 1, [&](std::size_t) { return value; });
    Poller writing;
    writing.add(feeder.client(), 0, true);
    while (!feeder.pump(audience.records - 1)) {
        writing.wait(Clock::now() + patience, [&](std::size_t, bool readable, bool) {
            if (readable) feeder.listen();
        });
    }
    const std::uint64_t left = audience.records - feeder.sent();
    for (std::uint64_t i = 0; i < left; ++i) {
        feeder.client().ask(notif(0, theme.name(), value, true));
    }

    const Form form = theme.dialect().form(audience.value_size);
    Crowd crowd(stage.address, audience.subscribers);
    Poller poller;
    crowd.watch(poller);
    Work work(stage.server);
    const auto request = broadcast(theme.name(), R"(,"from":"earliest")");
    crowd.say([&](std::size_t) -> const std::string& { return request; }, {});
    const std::uint64_t all = audience.records * crowd.size();
    while (crowd.received() < all) {
        const bool any = poller.wait(Clock::now() + patience, [&](std::size_t number, bool, bool) {
            crowd.count(number, form);
        });
        if (!any) {
            throw std::runtime_error(fmt::format("{} of {} messages came", crowd.received(), all));
        }
    }
    work.end(crowd.received());
    return work.json("catch-up", fmt::format(R"("subscribers":{},"records":{},"size":{})",
                                             crowd.size(), audience.records, audience.value_size));
}

}  // namespace bench
