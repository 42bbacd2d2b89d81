#include <sys/prctl.h>
#include <unistd.h>

#include <stdexcept>

#include <fmt/format.h>

#include "load/client.hpp"
#include "load/message.hpp"
#include "load/poller.hpp"
#include "load/runs.hpp"
#include "measure/latencies.hpp"
#include "measure/pace.hpp"
#include "measure/topic.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 1s;
constexpr auto patience = 10s;

/// A frame whose value's time can be set where it stands.
class Stamped {
public:
    Stamped(const std::string& topic, std::size_t size) {
        const auto value = Latencies::stamped(size);
        const auto payload = notif(0, topic, value, false);
        const auto start = append_frame(bytes_, payload);
        offset_ = payload.find(value);
        stamp_ = start + offset_;
    }

    [[nodiscard]] std::string_view now() {
        Latencies::stamp(bytes_.data() + stamp_);
        apply_mask(bytes_.data() + stamp_, Latencies::stamp_digits, offset_);
        return bytes_;
    }

private:
    std::string bytes_;
    std::size_t offset_ = 0;  ///< Of the time in the payload.
    std::size_t stamp_ = 0;   ///< Of the time in the frame.
};

void take(Latencies& latencies, std::string_view frame, std::size_t size, std::uint64_t& received,
          Clock::time_point count_from) {
    constexpr std::string_view before = R"("p":")";
    for (auto at = frame.find(before); at != frame.npos; at = frame.find(before, at + size)) {
        at += before.size();
        latencies.arrived(frame.substr(at), count_from);
        ++received;
    }
}

}  // namespace

std::string run_latency(const Target& target, const Shape& shape) {
    TemporaryTopic topic(target.brokers, "latency");
    Client receiver(target.address);
    receiver.ask(subscribe(topic.name(), topic.name()));
    Client sender(target.address);
    Poller poller;
    poller.add(receiver, 0, false);
    prctl(PR_SET_TIMERSLACK, 1);

    Stamped message(topic.name(), shape.value_size);
    Latencies latencies;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    const auto start = Clock::now();
    const auto end = start + warm_up + shape.duration;
    Pace pace(start, shape.rate);
    while (Clock::now() < end || received < sent) {
        const auto now = Clock::now();
        if (now > end + patience) {
            throw std::runtime_error(fmt::format("{} of {} arrived", received, sent));
        }
        for (auto due = now < end ? pace.due(now) : 0; due > 0; --due) {
            const auto frame = message.now();
            if (sender.write(frame) != frame.size()) {
                throw std::runtime_error("the server does not keep up with the rate");
            }
            pace.sent(1);
            ++sent;
        }
        poller.wait(now < end ? pace.next() : end + patience, [&](std::size_t, bool, bool) {
            receiver.read([&](std::string_view frame) {
                take(latencies, frame, shape.value_size, received, start + warm_up);
            });
        });
    }
    return latencies.json("latency",
                          fmt::format(R"("rate":{},"size":{})", shape.rate, shape.value_size));
}

}  // namespace bench
