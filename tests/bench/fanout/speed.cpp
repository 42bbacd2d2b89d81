#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "fanout/crowd.hpp"
#include "fanout/feeder.hpp"
#include "fanout/runs.hpp"
#include "fanout/stream.hpp"
#include "fanout/theme.hpp"
#include "load/message.hpp"
#include "measure/work.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 500ms;
constexpr std::size_t most_in_a_frame = 100;
constexpr std::size_t largest_window = 20000;

}  // namespace

std::string run_speed(const Stage& stage, const Audience& audience) {
    const Theme theme(stage, audience);
    Poller poller;
    Crowd crowd(stage.address, audience.subscribers);
    crowd.subscribe(theme.dialect(), poller);

    const std::size_t window =
        std::clamp(audience.under_way / crowd.size(), std::size_t{4}, largest_window);
    const std::size_t per_frame =
        audience.per_frame > 0 ? audience.per_frame : std::min(window / 4, most_in_a_frame);
    Feeder feeder(stage.address, theme.dialect());
    feeder.prepare(per_frame, 1, [&](std::size_t) { return value_of(audience.value_size); });
    Stream stream(crowd, feeder, poller,
                  {.per_record = crowd.size(),
                   .window = std::max(window, per_frame),
                   .form = theme.dialect().form(audience.value_size)});
    stream.run_until(Clock::now() + warm_up);

    const auto before = crowd.counts();
    const auto frames_before = crowd.frames();
    const auto received_before = crowd.received();
    Work work(stage.server);
    stream.run_until(Clock::now() + audience.duration);
    const auto messages = crowd.received() - received_before;
    work.end(messages);

    auto each = crowd.counts();
    std::ranges::transform(each, before, each.begin(), std::minus());
    const auto mean = static_cast<double>(messages) / static_cast<double>(each.size());
    const auto frames = static_cast<double>(crowd.frames() - frames_before);
    return work.json(
        "speed",
        fmt::format(R"("subscribers":{},"size":{},"per_frame":{:.1f},"least_share":{:.2f})",
                    crowd.size(), audience.value_size, static_cast<double>(messages) / frames,
                    static_cast<double>(*std::ranges::min_element(each)) / mean));
}

}  // namespace bench
