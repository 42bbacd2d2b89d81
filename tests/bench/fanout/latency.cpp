#include <sys/prctl.h>

#include <stdexcept>

#include <fmt/format.h>

#include "fanout/crowd.hpp"
#include "fanout/feeder.hpp"
#include "fanout/runs.hpp"
#include "fanout/theme.hpp"
#include "measure/latencies.hpp"
#include "measure/pace.hpp"
#include "measure/process.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 1s;
constexpr auto patience = 10s;

/// Passes every value of `bytes` on. Records come one by one, so that no message is torn.
template <typename OnValue>
void each_value(std::string_view bytes, const Form& form, std::size_t size, OnValue&& on_value) {
    for (auto at = bytes.find(form.before_value); at != bytes.npos;
         at = bytes.find(form.before_value, at + size)) {
        at += form.before_value.size();
        if (bytes.size() - at < size) return;
        on_value(bytes.substr(at, size));
        // What follows a value may look like what comes before one.
        at += form.before_value.size();
    }
}

}  // namespace

std::string run_latency(const Stage& stage, const Audience& audience) {
    const Theme theme(stage, audience);
    Poller poller;
    Crowd crowd(stage.address, audience.subscribers);
    crowd.subscribe(theme.dialect(), poller);
    Feeder feeder(stage.address, theme.dialect());
    poller.add(feeder.client(), crowd.size(), false);
    prctl(PR_SET_TIMERSLACK, 1);

    const Form form = theme.dialect().form(audience.value_size);
    Latencies latencies;
    std::uint64_t received = 0;
    const auto start = Clock::now();
    const auto end = start + warm_up + audience.duration;
    const double cpu_before = cpu_seconds_of(stage.server);
    Pace pace(start, audience.rate);
    while (Clock::now() < end || received < feeder.sent() * crowd.size()) {
        const auto now = Clock::now();
        if (now > end + patience) {
            throw std::runtime_error(
                fmt::format("{} of {} arrived", received, feeder.sent() * crowd.size()));
        }
        for (auto due = now < end ? pace.due(now) : 0; due > 0; --due) {
            feeder.send(Latencies::stamped(audience.value_size));
            pace.sent(1);
        }
        poller.wait(now < end ? pace.next() : end + patience, [&](std::size_t number, bool, bool) {
            if (number == crowd.size()) return feeder.listen();
            each_value(crowd.read(number), form, audience.value_size, [&](std::string_view value) {
                latencies.arrived(value, start + warm_up);
                ++received;
            });
        });
    }
    const double cpu = cpu_seconds_of(stage.server) - cpu_before;
    return latencies.json(
        "latency",
        fmt::format(R"("subscribers":{},"rate":{},"size":{},"server_cpu_us":{:.3f})", crowd.size(),
                    audience.rate, audience.value_size, cpu * 1e6 / static_cast<double>(received)));
}

}  // namespace bench
