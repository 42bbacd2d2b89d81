#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "measure/topic.hpp"
#include "measure/work.hpp"
#include "raw/consumer.hpp"
#include "raw/runs.hpp"

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr int wait_ms = 100;

}  // namespace

std::string run_consume(const RawShape& shape) {
    Topic topic(shape.brokers, shape.topic);
    const auto all = static_cast<std::uint64_t>(topic.end_offset()) * shape.consumers;
    std::atomic<std::uint64_t> records = 0;
    std::atomic<std::size_t> begun = 0;
    std::atomic<bool> over = false;

    std::vector<std::unique_ptr<Consumer>> consumers;
    for (std::size_t i = 0; i < shape.consumers; ++i) {
        consumers.push_back(
            std::make_unique<Consumer>(shape.brokers, shape.topic, 0, shape.properties));
    }
    std::vector<std::thread> threads;
    for (const auto& consumer : consumers) {
        threads.emplace_back([&records, &begun, &over, &consumer] {
            const auto take = [&] {
                const auto count = consumer->take(wait_ms, [](const char*, std::size_t) {});
                records += count;
                return count;
            };
            while (!over && take() == 0) continue;
            ++begun;
            while (!over) take();
        });
    }

    while (begun < consumers.size()) std::this_thread::sleep_for(1ms);
    Work work(std::nullopt);
    const auto before = records.load();
    const auto deadline = Clock::now() + shape.duration;
    while (records < all && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
    work.end(records - before);
    over = true;
    for (auto& thread : threads) thread.join();
    return work.json("raw-consume",
                     fmt::format(R"("consumers":{},"size":{})", shape.consumers, shape.value_size));
}

}  // namespace bench
