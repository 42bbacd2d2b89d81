#include "memory/log.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace gateway::memory {

namespace {

std::string entry_of(std::optional<std::string_view> value,
                     std::optional<std::string_view> key = std::nullopt) {
    const OutgoingRecord record{
        .topic = "topic", .key = key, .value = value, .headers = {}, .timestamp = std::nullopt};
    std::string entry(entry_size(record), '\0');
    write_entry(record, entry.data());
    return entry;
}

void fill(Log& log, int records, std::size_t value_size = 100) {
    const auto entry = entry_of(std::string(value_size, 'x'));
    for (int i = 0; i < records; ++i) log.append(entry, i);
}

std::vector<std::int64_t> offsets(const Slice& slice) {
    std::vector<std::int64_t> found;
    for (std::size_t at = slice.begin; at < slice.end;) {
        const auto head = read_head(slice.segment->at(at));
        found.push_back(head.offset);
        at += head.size;
    }
    return found;
}

/// All offsets from the cursor on, in reads of at most `max_records`.
std::vector<std::int64_t> rest(const Log& log, Log::Cursor cursor, std::size_t max_records) {
    std::vector<std::int64_t> all;
    while (true) {
        const auto slice = log.read(cursor, max_records);
        if (slice.count == 0) return all;
        const auto some = offsets(slice);
        CHECK(some.size() == slice.count);
        CHECK(some.size() <= max_records);
        all.insert(all.end(), some.begin(), some.end());
    }
}

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> all;
    for (auto i = first; i < last; ++i) all.push_back(i);
    return all;
}

TEST_CASE("an empty log begins and ends at 0, occupies nothing and holds nothing") {
    const Log log;
    CHECK(log.begin() == 0);
    CHECK(log.end() == 0);
    CHECK(log.bytes() == 0);
    CHECK(rest(log, {}, 10).empty());
}

TEST_CASE("offsets count up from 0 over all segments") {
    Log log;
    const auto entry = entry_of("value");
    for (int i = 0; i < 5000; ++i) REQUIRE(log.append(entry, 0) == i);
    CHECK(log.begin() == 0);
    CHECK(log.end() == 5000);
    CHECK(log.bytes() > Log::largest_segment);
}

TEST_CASE("a reader gets everything from its offset on, whatever it takes at once") {
    Log log;
    fill(log, 3000);
    for (const std::size_t at_once : {1U, 7U, 1000U, 100000U}) {
        CHECK(rest(log, {.offset = 0}, at_once) == numbers(0, 3000));
        CHECK(rest(log, {.offset = 1234}, at_once) == numbers(1234, 3000));
        CHECK(rest(log, {.offset = 3000}, at_once).empty());
    }
}

TEST_CASE("a reader at the end gets what is appended later") {
    Log log;
    fill(log, 10);
    Log::Cursor cursor{.offset = 10};
    CHECK(log.read(cursor, 10).count == 0);
    fill(log, 100);
    CHECK(rest(log, cursor, 3) == numbers(10, 110));
}

TEST_CASE("a log that drops its oldest begins later, and readers go on there") {
    Log log;
    fill(log, 3000);
    Log::Cursor cursor;
    REQUIRE(log.read(cursor, 2).count == 2);

    const auto before = log.bytes();
    log.drop_oldest();
    log.drop_oldest();
    CHECK(log.bytes() < before);
    CHECK(log.begin() > 2);
    CHECK(log.end() == 3000);
    CHECK(rest(log, cursor, 100) == numbers(log.begin(), 3000));
}

TEST_CASE("what a reader holds stays readable after the log dropped it") {
    Log log;
    fill(log, 100);
    Log::Cursor cursor;
    const auto slice = log.read(cursor, 5);
    while (log.bytes() > 0) log.drop_oldest();
    CHECK(offsets(slice) == numbers(0, 5));
}

TEST_CASE("a log that dropped everything goes on where it was") {
    Log log;
    fill(log, 10);
    while (log.bytes() > 0) log.drop_oldest();
    CHECK(log.begin() == 10);
    CHECK(log.end() == 10);
    fill(log, 1);
    CHECK(rest(log, {}, 10) == numbers(10, 11));
}

TEST_CASE("a record larger than any segment gets one of its own") {
    Log log;
    fill(log, 3);
    fill(log, 1, 10 * Log::largest_segment);
    fill(log, 3);
    CHECK(rest(log, {}, 100) == numbers(0, 7));
}

TEST_CASE("a small log is small") {
    Log log;
    fill(log, 1, 10);
    CHECK(log.bytes() == Log::smallest_segment);
}

TEST_CASE("trimming drops segments whose newest record is too old") {
    Log log;
    fill(log, 1000);
    log.trim(500, std::nullopt);
    CHECK(log.begin() > 0);
    CHECK(log.begin() <= 500);
    log.trim(1000, std::nullopt);
    CHECK(log.begin() == 1000);
    CHECK(log.bytes() == 0);
}

TEST_CASE("trimming to a size keeps the newest segment") {
    Log log;
    fill(log, 3000);
    log.trim(std::nullopt, 2 * Log::largest_segment);
    CHECK(log.bytes() <= 2 * Log::largest_segment);
    CHECK(log.begin() > 0);
    log.trim(std::nullopt, 0);
    CHECK(log.begin() < 3000);
}

TEST_CASE("a time is found at the first record that is as late") {
    Log log;
    CHECK(log.since(0) == 0);
    fill(log, 3000);
    for (const std::int64_t time : {0, 1, 1234, 2999}) CHECK(log.since(time) == time);
    CHECK(log.since(-5) == 0);
    CHECK(log.since(3000) == 3000);

    log.append(entry_of("late"), 9000);
    log.append(entry_of("early"), 5);
    CHECK(log.since(3000) == 3000);
    CHECK(log.since(9001) == 3002);
    log.drop_oldest();
    CHECK(log.since(0) == log.begin());
}

/// Appends `rounds` records of each key, larger than the key alone.
void fill_keys(Log& log, const std::vector<std::string>& keys, int rounds) {
    const std::string value(100, 'x');
    for (int i = 0; i < rounds; ++i) {
        for (const auto& key : keys) log.append(entry_of(value, key), i);
    }
}

TEST_CASE("compaction keeps the last record of each key where it is, and all of the last segment") {
    Log log;
    log.append(entry_of("value", "once"), 0);
    log.append(entry_of("value"), 0);
    fill_keys(log, {"a", "b"}, 2000);
    const auto before = log.bytes();
    const auto all = rest(log, {}, 1000);

    log.compact(0);
    CHECK(log.bytes() < before);
    CHECK(log.begin() == 0);
    CHECK(log.end() == 4002);
    const auto kept = rest(log, {}, 1000);
    CHECK(kept.size() < all.size());
    REQUIRE(kept.size() > 4);
    CHECK(kept[0] == 0);
    CHECK(kept[1] == 1);
    // The rest are those of the last segment, without a gap.
    CHECK(std::vector(kept.begin() + 2, kept.end()) == numbers(kept[2], 4002));

    log.compact(0);
    CHECK(rest(log, {}, 1000) == kept);
}

TEST_CASE("a reader goes on over what compaction emptied, wherever it was") {
    Log log;
    fill_keys(log, {"a"}, 3000);
    std::vector<Log::Cursor> cursors;
    for (const std::int64_t offset : {0, 1, 700, 1500, 2998, 3000}) {
        Log::Cursor cursor{.offset = offset};
        (void)log.read(cursor, 1);
        cursors.push_back(cursor);
        cursors.push_back({.offset = offset});
    }
    log.compact(0);
    const auto kept = rest(log, {}, 10);
    REQUIRE(kept.front() > 1500);
    for (const auto& cursor : cursors) {
        CAPTURE(cursor.offset);
        const auto first = std::max(kept.front(), cursor.offset);
        CHECK(rest(log, cursor, 7) == numbers(first, 3000));
    }
    CHECK(log.since(0) == kept.front());
    log.drop_oldest();
    CHECK(log.begin() >= kept.front());
}

TEST_CASE("what a reader holds stays readable after compaction dropped it") {
    Log log;
    fill_keys(log, {"a"}, 1000);
    Log::Cursor cursor;
    const auto slice = log.read(cursor, 5);
    log.compact(0);
    CHECK(offsets(slice) == numbers(0, 5));
}

TEST_CASE("compaction drops a tombstone when it is old, and with it what it deletes") {
    Log log;
    log.append(entry_of("value", "gone"), 10);
    log.append(entry_of(std::nullopt, "gone"), 20);
    log.append(entry_of("value", "stays"), 10);
    fill_keys(log, {"a"}, 100);

    log.compact(20);
    auto kept = rest(log, {}, 1000);
    CHECK(std::vector(kept.begin(), kept.begin() + 2) == std::vector<std::int64_t>{1, 2});
    log.compact(21);
    kept = rest(log, {}, 1000);
    CHECK(kept.front() == 2);
}

TEST_CASE("what was written since a compaction is dirty, the last segment aside") {
    Log log;
    CHECK(log.dirty_ratio() == 0);
    fill_keys(log, {"a"}, 3);
    CHECK(log.dirty_ratio() == 0);
    fill_keys(log, {"a"}, 1000);
    CHECK(log.dirty_ratio() == 1);
    std::vector<std::string> keys;
    for (int i = 0; i < 1000; ++i) keys.push_back(std::to_string(i));
    fill_keys(log, keys, 1);
    log.compact(0);
    CHECK(log.dirty_ratio() == 0);
    fill_keys(log, keys, 2);
    CHECK(log.dirty_ratio() > 0.2);
    CHECK(log.dirty_ratio() < 0.8);
}

TEST_CASE("compaction of nothing, or of one segment, changes nothing") {
    Log log;
    log.compact(0);
    CHECK(log.bytes() == 0);
    fill_keys(log, {"a"}, 3);
    log.compact(0);
    CHECK(rest(log, {}, 10) == numbers(0, 3));
    CHECK(log.bytes() == Log::smallest_segment);
}

}  // namespace

}  // namespace gateway::memory
