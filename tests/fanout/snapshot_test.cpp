#include "fanout/snapshot.hpp"

#include <doctest/doctest.h>

namespace gateway::fanout {

namespace {

Record record(std::int32_t partition, std::int64_t offset, std::optional<std::string_view> key,
              std::optional<std::string_view> value) {
    return {.topic = "t", .partition = partition, .offset = offset, .key = key, .value = value};
}

std::vector<std::int64_t> offsets(const Snapshot& snapshot) {
    std::vector<std::int64_t> all;
    for (const Record& each : snapshot.first(100)) all.push_back(each.offset);
    return all;
}

TEST_CASE("a snapshot has the newest record of each key, oldest first") {
    Snapshot snapshot;
    snapshot.add(record(0, 0, "a", "1"));
    snapshot.add(record(0, 1, "b", "2"));
    snapshot.add(record(0, 2, "a", "3"));
    CHECK(offsets(snapshot) == std::vector<std::int64_t>{1, 2});
    CHECK(snapshot.first(1).front().value == "2");
}

TEST_CASE("a key of two partitions has a newest record in each") {
    Snapshot snapshot;
    snapshot.add(record(0, 5, "a", "1"));
    snapshot.add(record(1, 3, "a", "2"));
    CHECK(offsets(snapshot) == std::vector<std::int64_t>{5, 3});
    snapshot.add(record(0, 6, "a", std::nullopt));
    CHECK(offsets(snapshot) == std::vector<std::int64_t>{3});
    CHECK(snapshot.first(1).front().value == "2");
}

TEST_CASE("a tombstone takes its key out, and keyless records are left out") {
    Snapshot snapshot;
    snapshot.add(record(0, 0, "a", "1"));
    snapshot.add(record(0, 1, std::nullopt, "2"));
    snapshot.add(record(0, 2, "a", std::nullopt));
    CHECK(snapshot.size() == 0);
    CHECK(snapshot.bytes() == 0);
}

TEST_CASE("records keep their headers, and what was taken is gone") {
    Snapshot snapshot;
    const std::vector<Header> headers{{"h", "x"}, {"none", std::nullopt}};
    Record first = record(1, 7, "a", "1");
    first.headers = headers;
    snapshot.add(first);
    snapshot.add(record(1, 8, "b", "2"));
    const auto records = snapshot.first(10);
    REQUIRE(records.size() == 2);
    REQUIRE(records[0].headers.size() == 2);
    CHECK(records[0].headers[0].value == "x");
    CHECK_FALSE(records[0].headers[1].value.has_value());
    CHECK(snapshot.bytes() > 0);
    snapshot.take(1);
    CHECK(offsets(snapshot) == std::vector<std::int64_t>{8});
    snapshot.take(1);
    CHECK(snapshot.bytes() == 0);
}

}  // namespace

}  // namespace gateway::fanout
