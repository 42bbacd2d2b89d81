#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "measure/latencies.hpp"
#include "measure/pace.hpp"
#include "measure/topic.hpp"
#include "raw/consumer.hpp"
#include "raw/producer.hpp"
#include "raw/runs.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 1s;
constexpr auto patience = 10s;

/// Whether the descriptor woke before `until`; its count is taken.
void wait(int descriptor, Clock::time_point until) {
    using std::chrono::nanoseconds;
    const auto left = std::max<nanoseconds>(until - Clock::now(), nanoseconds::zero()).count();
    const timespec timeout{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (ppoll(&waiting, 1, &timeout, nullptr) <= 0) return;
    std::uint64_t count = 0;
    if (read(descriptor, &count, sizeof count) < 0) throw std::runtime_error("eventfd");
}

}  // namespace

std::string run_latency(const RawShape& shape) {
    TemporaryTopic topic(shape.brokers, "raw-latency");
    Consumer consumer(shape.brokers, topic.name(), 0, shape.properties);
    Producer producer(shape.brokers, topic.name(), "0", "", shape.properties);
    prctl(PR_SET_TIMERSLACK, 1);

    Latencies latencies;
    std::uint64_t received = 0;
    const auto start = Clock::now();
    const auto end = start + warm_up + shape.duration;
    Pace pace(start, shape.rate);
    while (Clock::now() < end || received < producer.taken()) {
        const auto now = Clock::now();
        if (now > end + patience) throw std::runtime_error("records are missing");
        for (auto due = now < end ? pace.due(now) : 0; due > 0; --due) {
            auto value = Latencies::stamped(shape.value_size);
            if (!producer.produce(value)) throw std::runtime_error("the queue is full");
            pace.sent(1);
        }
        producer.take_reports(0);
        wait(consumer.descriptor(), now < end ? pace.next() : end + patience);
        received += consumer.take(0, [&](const char* data, std::size_t size) {
            latencies.arrived({data, size}, start + warm_up);
        });
    }
    producer.take_all_reports();
    return latencies.json("raw-latency",
                          fmt::format(R"("rate":{},"size":{})", shape.rate, shape.value_size));
}

}  // namespace bench
