#include "fanout/ring.hpp"

#include <doctest/doctest.h>

namespace gateway::fanout {

namespace {

using Positions = std::vector<Position>;

Record record(std::int32_t partition, std::int64_t offset) {
    return {.topic = "t", .partition = partition, .offset = offset, .value = "v"};
}

/// One of a topic "t" with these records; `heads` says where each partition stood.
BatchPointer batch(const Ring& ring, std::initializer_list<Record> records) {
    static const auto topic = std::make_shared<const std::string>("t");
    auto batch = std::make_shared<Batch>(topic);
    for (const Record& each : records) {
        std::int64_t head = each.offset;
        for (const Position& known : ring.heads()) {
            if (known.partition == each.partition) head = known.offset;
        }
        batch->add(each, head);
    }
    batch->seal(ring.next(), ring.oldest(), {});
    return batch;
}

TEST_CASE("a ring knows where its partitions stand before, within and behind it") {
    Ring ring;
    ring.begin({"t", 0, 10});
    ring.begin({"t", 1, 5});
    ring.push(batch(ring, {record(0, 10), record(0, 12)}));
    ring.push(batch(ring, {record(1, 5), record(0, 13)}));

    CHECK(ring.begins() == Positions{{"t", 0, 10}, {"t", 1, 5}});
    CHECK(ring.heads_at(0) == ring.begins());
    CHECK(ring.heads_at(1) == Positions{{"t", 0, 13}, {"t", 1, 5}});
    CHECK(ring.heads() == Positions{{"t", 0, 14}, {"t", 1, 6}});
    CHECK(ring.heads_at(2) == ring.heads());
}

TEST_CASE("what a ring drops moves its beginning") {
    Ring ring;
    for (std::int64_t i = 0; i < 4; ++i) ring.push(batch(ring, {record(0, i)}));
    ring.trim({.bytes = 1 << 20, .records = 2});
    CHECK(ring.oldest() == 2);
    CHECK(ring.next() == 4);
    CHECK(ring.begins() == Positions{{"t", 0, 2}});
    ring.trim({.bytes = 0, .records = 0});
    CHECK(ring.oldest() == 3);
    ring.trim_before(4);
    CHECK(ring.begins() == ring.heads());
}

TEST_CASE("the place of a position is the latest batch from which nothing is left out") {
    Ring ring;
    ring.begin({"t", 0, 0});
    ring.begin({"t", 1, 0});
    ring.push(batch(ring, {record(0, 0), record(1, 0)}));
    ring.push(batch(ring, {record(0, 1)}));
    ring.push(batch(ring, {record(1, 1)}));
    ring.push(batch(ring, {record(0, 5)}));

    const auto find = [&](std::int64_t zero, std::int64_t one) {
        return ring.find(Positions{{"t", 0, zero}, {"t", 1, one}});
    };
    CHECK(find(6, 2) == 4);
    CHECK(find(9, 9) == 4);
    CHECK(find(5, 2) == 3);
    CHECK(find(2, 2) == 3);  // Offsets 2 to 4 hold no record.
    CHECK(find(6, 1) == 2);
    CHECK(find(1, 1) == 1);
    CHECK(find(6, 0) == 0);

    ring.trim_before(1);
    CHECK(find(1, 1) == 1);
    CHECK_FALSE(find(0, 1).has_value());
    CHECK_FALSE(find(1, 0).has_value());
    CHECK(ring.find({}) == 4);
}

TEST_CASE("a loss moves on where reading stands") {
    Ring ring;
    ring.begin({"t", 0, 3});
    auto loss = std::make_shared<Batch>(std::make_shared<const std::string>("t"));
    loss->add(Lost{"t", 0, 5, 10, 10, 12}, 3);
    loss->seal(0, 0, {});
    ring.push(loss);
    CHECK(ring.begins() == Positions{{"t", 0, 3}});
    CHECK(ring.heads() == Positions{{"t", 0, 10}});
    CHECK(ring.find(Positions{{"t", 0, 4}}) == 0);
    CHECK(ring.find(Positions{{"t", 0, 10}}) == 1);
    ring.trim_before(1);
    CHECK(ring.begins() == Positions{{"t", 0, 10}});
}

}  // namespace

}  // namespace gateway::fanout
