#include <algorithm>

#include <fmt/format.h>

#include "fanout/crowd.hpp"
#include "fanout/feeder.hpp"
#include "fanout/runs.hpp"
#include "fanout/stream.hpp"
#include "fanout/theme.hpp"
#include "measure/work.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 500ms;
constexpr std::size_t window = 2000;
constexpr std::size_t per_frame = 100;

/// A JSON object of `size` bytes, as it stands in a message that is sent as text, and in one that
/// is received.
std::string value_of_number(std::size_t number, std::size_t size) {
    const auto quoted = [](std::size_t n, std::string_view filling) {
        return fmt::format(R"({{\"number\":{},\"text\":\"{}\"}})", 100000 + n, filling);
    };
    const std::size_t escapes = 6;
    const std::size_t rest = quoted(0, "").size() - escapes;
    return quoted(number, std::string(size - std::min(size, rest), 'x'));
}

}  // namespace

std::string run_filters(const Stage& stage, const Audience& audience) {
    const Theme theme(stage, audience);
    Poller poller;
    Crowd crowd(stage.address, audience.subscribers);
    crowd.say(
        [&](std::size_t number) {
            return broadcast(theme.name(),
                             fmt::format(R"(,"filter":{{"number":{}}})", 100000 + number));
        },
        theme.dialect().answer());
    crowd.watch(poller);

    Feeder feeder(stage.address, theme.dialect());
    feeder.prepare(per_frame, crowd.size(), [&](std::size_t number) {
        return value_of_number(number, audience.value_size);
    });
    const auto escaped = value_of_number(0, audience.value_size).size();
    Stream stream(crowd, feeder, poller,
                  {.per_record = 1, .window = window, .form = theme.dialect().form(escaped)});
    stream.run_until(Clock::now() + warm_up);
    const auto before = crowd.received();
    Work work(stage.server);
    stream.run_until(Clock::now() + audience.duration);
    work.end(crowd.received() - before);
    return work.json(
        "filters", fmt::format(R"("subscribers":{},"size":{})", crowd.size(), audience.value_size));
}

}  // namespace bench
