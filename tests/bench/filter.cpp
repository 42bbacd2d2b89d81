// What filters cost: nanoseconds of one evaluation, the record's parsing included, as one line of
// JSON for each row. `filter-cost [ROUNDS]`.

#include "filter/filter.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace {

using gateway::Candidate;
using gateway::Filter;
using Clock = std::chrono::steady_clock;

/// Values of 100 bytes whose numbers and strings differ, so that no branch is learnt by heart.
std::vector<std::string> records() {
    constexpr std::array<std::string_view, 4> symbols{"EURUSD", "GBPJPY", "EURCHF", "XAUUSD"};
    constexpr std::array<std::string_view, 4> venues{"LDN", "NYC", "TOKYO", "ZRH"};
    std::vector<std::string> all;
    std::uint32_t random = 1;
    const auto below = [&](std::uint32_t limit) {
        random = random * 1664525 + 1013904223;
        return (random >> 8) % limit;
    };
    for (int i = 0; i < 256; ++i) {
        std::string record = fmt::format(
            R"({{"id":{},"symbol":"{}","bid":{:.5f},"ask":{:.4f},"venue":"{}","n":{},"note":")",
            below(10000000), symbols[below(4)], 1 + below(40000) / 100000.0,
            1 + below(4000) / 10000.0, venues[below(4)], below(1000));
        record.resize(98, 'x');
        all.push_back(record + "\"}");
    }
    return all;
}

std::shared_ptr<const Filter> compiled(std::string_view json) {
    auto filter = Filter::compile(json, {});
    if (filter) return *filter;
    fmt::print(stderr, "{}\n", filter.error().message);
    std::exit(1);
}

/// Nanoseconds for each call, in the best round of those that ran: others share the machine.
template <typename Call>
double cost_of(int rounds, int calls, Call call) {
    double best = 1e12;
    for (int round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        for (int i = 0; i < calls; ++i) call();
        const std::chrono::duration<double, std::nano> taken = Clock::now() - start;
        best = std::min(best, taken.count() / calls);
    }
    return best;
}

/// Each record is looked at by these filters in turn.
void measure(std::string_view row, int rounds,
             std::span<const std::shared_ptr<const Filter>> filters) {
    const std::vector<std::string> values = records();
    std::vector<Candidate::Parts> parts;
    for (const auto& value : values) parts.push_back({.value = value, .key = "EURUSD"});

    Candidate candidate;
    std::size_t next = 0;
    std::size_t matched = 0;
    const int calls = std::max(10, 5000 / static_cast<int>(filters.size()));
    const double cost = cost_of(rounds, calls, [&] {
        candidate.set(parts[next++ % parts.size()]);
        for (const auto& filter : filters) matched += filter->matches(candidate) ? 1 : 0;
    });
    const double asked = static_cast<double>(next) * static_cast<double>(filters.size());
    fmt::print(R"({{"mode":"filter","row":"{}","filters":{},"ns":{:.1f},"matched":{:.4f}}})"
               "\n",
               row, filters.size(), cost, static_cast<double>(matched) / asked);
}

void measure(std::string_view row, int rounds, std::string_view json) {
    measure(row, rounds, std::vector{compiled(json)});
}

std::vector<std::shared_ptr<const Filter>> distinct(std::size_t count, std::string_view form) {
    std::vector<std::shared_ptr<const Filter>> filters;
    for (std::size_t i = 0; i < count; ++i) {
        filters.push_back(compiled(fmt::format(fmt::runtime(form), i)));
    }
    return filters;
}

}  // namespace

int main(int argc, char** argv) {
    int rounds = 500;
    if (argc > 1) {
        const std::string_view text = argv[1];
        std::from_chars(text.data(), text.data() + text.size(), rounds);
    }
    measure("key", rounds, R"({"$key":"EURUSD"})");
    measure("string", rounds, R"({"symbol":"EURUSD"})");
    measure("number", rounds, R"({"n":{"lt":500}})");
    measure("decimals", rounds, R"({"bid":{"gt":1.1,"lt":1.3}})");
    measure("not there", rounds, R"({"nothing":1})");
    measure("regex", rounds, R"({"symbol":"/^EUR/"})");
    measure("regex, ignoring case", rounds, R"({"venue":"/(ldn|nyc)$/i"})");
    measure("three conditions", rounds, R"({"symbol":"EURUSD","venue":"LDN","n":{"gt":100}})");
    measure("distinct numbers", rounds, distinct(1000, R"({{"n":{}}})"));
    measure("distinct strings", rounds, distinct(1000, R"({{"symbol":"EUR{:03}"}})"));
    measure("distinct regexes", rounds, distinct(1000, R"({{"symbol":"/^[A-Z]+{}$/"}})"));
}
