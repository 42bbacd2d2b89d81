#include "memory/tray.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "memory/log.hpp"

namespace gateway::memory {

namespace {

/// Writes down what a tray hands over: "lost 0 1" and "end 0 7" with partition and offset, and
/// "record 0 3".
struct Owner final : Tray::Events {
    std::size_t records(std::span<const Record> records) override {
        ++calls;
        const auto count = std::min(records.size(), allowance);
        for (const auto& record : records.first(count))
            note("record", record.partition, record.offset);
        if (on_records) on_records();
        return count;
    }
    void lost(const Lost& lost) override {
        note("lost", lost.partition, lost.wanted);
        if (on_lost) on_lost();
    }
    void reached_end(const Position& end) override { note("end", end.partition, end.offset); }
    void taken() override { ++deliveries; }

    void note(const std::string& what, std::int32_t partition, std::int64_t offset) {
        told.push_back(what + ' ' + std::to_string(partition) + ' ' + std::to_string(offset));
    }

    std::size_t allowance = 1000;
    int calls = 0;
    int deliveries = 0;
    std::function<void()> on_records;
    std::function<void()> on_lost;
    std::vector<std::string> told;
};

using Told = std::vector<std::string>;

/// Two records of a partition, with a loss before and the end behind them.
Delivery::Part part(std::int32_t partition) {
    const OutgoingRecord record{.topic = "topic", .value = "value"};
    std::string entry(entry_size(record), '\0');
    write_entry(record, entry.data());
    auto segment = std::make_shared<Segment>(0, 1000);
    segment->append(entry, 5, 0);
    segment->append(entry, 6, 0);
    const Slice slice{.segment = segment, .begin = 0, .end = segment->size(), .count = 2};
    return {
        .topic = std::make_shared<const std::string>("topic"),
        .partition = partition,
        .lost =
            Lost{.topic = "topic", .partition = partition, .wanted = 2, .next = 5, .earliest = 5},
        .slice = slice,
        .end = 7};
}

TEST_CASE("losses are handed over first, then the records of all partitions, then the ends") {
    Tray tray(false);
    Owner owner;
    tray.add({{part(0), part(1)}});
    tray.go_on(owner);
    CHECK(owner.told == Told{"lost 0 2", "lost 1 2", "record 0 5", "record 0 6", "record 1 5",
                             "record 1 6", "end 0 7", "end 1 7"});
    CHECK(owner.calls == 1);
    CHECK(owner.deliveries == 1);
}

TEST_CASE("what was not taken waits for the resume, and so does everything behind it") {
    Tray tray(false);
    Owner owner;
    owner.allowance = 1;
    tray.add({{part(0)}});
    tray.add({{part(1)}});
    tray.go_on(owner);
    tray.go_on(owner);
    CHECK(owner.told == Told{"lost 0 2", "record 0 5"});
    CHECK(owner.deliveries == 0);

    owner.allowance = 1000;
    CHECK(tray.resume());
    CHECK_FALSE(tray.resume());
    tray.go_on(owner);
    CHECK(owner.told == Told{"lost 0 2", "record 0 5", "record 0 6", "end 0 7", "lost 1 2",
                             "record 1 5", "record 1 6", "end 1 7"});
    CHECK(owner.deliveries == 2);
}

TEST_CASE("nothing of a dropped partition is handed over, wherever it was") {
    Tray tray(false);
    Owner owner;
    SUBCASE("before") {
        tray.add({{part(0), part(1)}});
        tray.drop({"topic", 1});
        tray.go_on(owner);
        CHECK(owner.told == Told{"lost 0 2", "record 0 5", "record 0 6", "end 0 7"});
    }
    SUBCASE("while it is told of another's loss") {
        owner.on_lost = [&] { tray.drop({"topic", 1}); };
        tray.add({{part(0), part(1)}});
        tray.go_on(owner);
        CHECK(owner.told == Told{"lost 0 2", "record 0 5", "record 0 6", "end 0 7"});
    }
    SUBCASE("while records are taken in part") {
        owner.allowance = 1;
        owner.on_records = [&] { tray.drop({"topic", 0}); };
        tray.add({{part(0), part(1)}});
        tray.go_on(owner);
        owner.allowance = 1000;
        tray.resume();
        tray.go_on(owner);
        CHECK(owner.told ==
              Told{"lost 0 2", "lost 1 2", "record 0 5", "record 1 5", "record 1 6", "end 1 7"});
    }
    SUBCASE("of which nothing is left") {
        owner.allowance = 0;
        tray.add({{part(1)}});
        tray.go_on(owner);
        tray.drop({"topic", 1});
        tray.resume();
        tray.go_on(owner);
        CHECK(owner.told == Told{"lost 1 2"});
        CHECK(owner.calls == 1);
    }
    CHECK(owner.deliveries == 1);
}

TEST_CASE("after its end a tray hands over nothing, also when it ended within an event") {
    Tray tray(false);
    Owner owner;
    owner.on_records = [&] { tray.end(); };
    tray.add({{part(0)}});
    tray.add({{part(1)}});
    tray.go_on(owner);
    tray.resume();
    tray.go_on(owner);
    CHECK(owner.told == Told{"lost 0 2", "record 0 5", "record 0 6"});
    CHECK(owner.deliveries == 0);
}

}  // namespace

}  // namespace gateway::memory
