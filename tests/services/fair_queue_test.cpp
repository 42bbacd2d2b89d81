#include "services/fair_queue.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace gateway::services;

namespace {

Uuid job(std::uint64_t number) { return {.high = 1, .low = number}; }

TEST_CASE("callers take turns, and what came back leaves first") {
    FairQueue queue;
    static_cast<void>(queue.add("a", {.job = job(1)}));
    static_cast<void>(queue.add("a", {.job = job(2)}));
    static_cast<void>(queue.add("b", {.job = job(3)}));
    static_cast<void>(queue.add_first({.job = job(4)}));
    CHECK(queue.size_of("a") == 2);
    std::vector<std::uint64_t> taken;
    while (!queue.empty()) taken.push_back(queue.take().low);
    CHECK(taken == std::vector<std::uint64_t>{4, 1, 3, 2});
    CHECK(queue.size_of("a") == 0);
}

TEST_CASE("the oldest job, the number and the bytes are known, whatever comes and goes") {
    constexpr unsigned seed = 20'261'122;
    constexpr int steps = 20'000;
    struct Known {
        FairQueue::Place place;
        FairQueue::Entry entry;
    };
    std::mt19937 random(seed);
    FairQueue queue;
    std::map<std::uint64_t, Known> known;
    Time now{};
    for (std::uint64_t i = 1; i <= steps; ++i) {
        now += std::chrono::milliseconds(random() % 3);
        const unsigned what = random() % 8;
        if (what < 3) {
            const FairQueue::Entry entry{.job = job(i), .bytes = random() % 100, .since = now};
            known[i] = {queue.add(std::to_string(random() % 50), entry), entry};
        } else if (what == 3) {
            const FairQueue::Entry entry{
                .job = job(i), .bytes = 1, .since = now - std::chrono::milliseconds(random() % 99)};
            known[i] = {queue.add_first(entry), entry};
        } else if (what == 4 && !known.empty()) {
            const auto one = std::next(known.begin(), static_cast<int>(random() % known.size()));
            queue.remove(one->second.place);
            known.erase(one);
        } else if (!queue.empty()) {
            known.erase(queue.take().low);
        }

        REQUIRE(queue.size() == known.size());
        if (i % 50 != 0) continue;
        std::size_t bytes = 0;
        std::optional<Time> oldest;
        for (const auto& [id, one] : known) {
            bytes += one.entry.bytes;
            oldest = std::min(oldest.value_or(one.entry.since), one.entry.since);
        }
        REQUIRE(queue.bytes() == bytes);
        REQUIRE(queue.oldest() == oldest);
    }
}

}  // namespace
