#include <algorithm>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

OutgoingRecord record(std::string_view topic, std::string_view value) {
    return {.topic = topic,
            .key = std::nullopt,
            .value = value,
            .headers = {},
            .partition = OutgoingRecord::any_partition,
            .timestamp = std::nullopt};
}

TEST_CASE_FIXTURE(Scene, "a record is reported with its topic, partition and offset") {
    const auto fates = sender.deliver({record(topic, "a"), record(topic, "b")});
    for (std::size_t i = 0; i < fates.size(); ++i) {
        CHECK_FALSE(fates[i].error.has_value());
        CHECK(fates[i].topic == topic);
        CHECK(fates[i].partition == 0);
        CHECK(fates[i].offset == stage.reported(static_cast<std::int64_t>(i)));
    }
}

TEST_CASE("sending nothing takes nothing") {
    Stage stage;
    Sender sender(stage);
    const auto sent = sender.send({});
    CHECK(sent.taken == 0);
    CHECK_FALSE(sent.error.has_value());
}

TEST_CASE_FIXTURE(Scene, "the records of a producer arrive in the order of its sends") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    std::vector<std::string> values;
    for (int i = 0; i < 1000; ++i) values.push_back(std::to_string(i));
    for (std::size_t first = 0; first < values.size(); first += 100) {
        std::vector<OutgoingRecord> records;
        for (std::size_t i = first; i < first + 100; ++i) {
            records.push_back(record(topic, values[i]));
        }
        REQUIRE(sender.send(records).taken == records.size());
    }
    member.wait_for(values.size());
    CHECK(member.numbers(topic) == range(0, 1000));
    REQUIRE(stage.run_until([&] { return sender.reports().size() == values.size(); }));
}

TEST_CASE_FIXTURE(Scene, "a record for a partition that no topic has fails") {
    for (const std::int32_t partition : {1, 1000, -2}) {
        CAPTURE(partition);
        auto stray = record(topic, "stray");
        stray.partition = partition;
        CHECK(sender.fate_of(stray).error == Errc::partition_not_found);
    }
    CHECK_FALSE(sender.fate_of(record(topic, "good")).error.has_value());
}

TEST_CASE("one send may name several topics") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    Sender sender(stage);

    const auto fates =
        sender.deliver({record(one, "a"), record(other, "b"), record(one, "c"), record(one, "d")});
    CHECK(fates[0].topic == one);
    CHECK(fates[1].topic == other);
    CHECK(fates[1].offset == stage.reported(0));
    CHECK(fates[3].topic == one);
    CHECK(fates[3].offset == stage.reported(2));
}

TEST_CASE_FIXTURE(Scene, "a record for a topic that does not exist fails, and no other does") {
    const auto unknown = Stage::fresh("unknown");

    const auto fate = sender.fate_of(record(unknown, "stray"));
    REQUIRE(fate.error.has_value());
    CHECK(*fate.error == Errc::topic_not_found);
    CHECK(fate.topic == unknown);
    CHECK_FALSE(sender.fate_of(record(topic, "good")).error.has_value());
}

TEST_CASE("a topic can be sent to as soon as it was created, even after a send failed") {
    Stage stage;
    const auto topic = Stage::fresh("late");
    Sender sender(stage);
    REQUIRE(sender.fate_of(record(topic, "too early")).error == Errc::topic_not_found);

    const auto errors = stage.create(
        {{.topic = topic, .partitions = 1, .replication = std::nullopt, .config = {}}});
    REQUIRE_FALSE(errors.at(0).has_value());
    const auto fate = sender.fate_of(record(topic, "in time"));
    CHECK_FALSE(fate.error.has_value());
    CHECK(fate.offset == stage.reported(0));
}

TEST_CASE_FIXTURE(Scene, "a record that is too large is refused, and the rest can go on") {
    const std::string huge(2'000'000, 'x');

    const std::vector<OutgoingRecord> records = {record(topic, "a"), record(topic, huge),
                                                 record(topic, "b")};
    const auto sent = sender.send(records);
    CHECK(sent.taken == 1);
    REQUIRE(sent.error.has_value());
    CHECK(sent.error->code == Errc::record_too_large);

    const auto rest = sender.send(std::span(records).subspan(2));
    CHECK(rest.taken == 1);
    REQUIRE(stage.run_until([&] { return sender.reports().size() == 2; }));
    CHECK(sender.reports()[1].offset == stage.reported(1));
}

TEST_CASE_FIXTURE(Scene, "a large record that is not too large arrives") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    const std::string large(900'000, 'x');
    REQUIRE_FALSE(sender.fate_of(record(topic, large)).error.has_value());
    REQUIRE(stage.run_until([&] { return !member.taken().empty(); }));
    CHECK(member.taken()[0].value == large);
}

TEST_CASE("a full queue refuses records until there is room, and loses none") {
    Stage stage({.max_queue_bytes = 16 << 10});
    const auto topic = stage.topic();
    const std::string value(100, 'x');
    Sender sender(stage);

    std::vector<OutgoingRecord> records(2000, record(topic, value));
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].token = static_cast<std::uint32_t>(i);
    }
    std::size_t next = 0;
    std::size_t refusals = 0;
    while (next < records.size()) {
        const auto sent = sender.send(std::span(records).subspan(next));
        next += sent.taken;
        if (!sent.error) continue;
        REQUIRE(sent.error->code == Errc::queue_full);
        ++refusals;
        REQUIRE(stage.run_until([&] { return sender.rooms() == refusals; }));
    }
    CHECK(refusals > 0);

    REQUIRE(stage.run_until([&] { return sender.reports().size() == records.size(); }));
    CHECK(sender.rooms() == refusals);
    auto fates = sender.reports();
    std::ranges::sort(fates, {}, &Sender::Fate::token);
    for (std::size_t i = 0; i < fates.size(); ++i) {
        REQUIRE(fates[i].token == i);
        REQUIRE(fates[i].offset == stage.reported(static_cast<std::int64_t>(i)));
    }
}

TEST_CASE_FIXTURE(Scene,
                  "what a destroyed producer took still arrives, and its events have ended") {
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();

    const std::vector<OutgoingRecord> records(1000, record(topic, "value"));
    REQUIRE(sender.send(records).taken == records.size());
    sender.end();

    REQUIRE(stage.run_until([&] { return member.taken().size() >= 1000; }));
    CHECK(member.offsets({topic, 0}) == range(0, 1000));
    CHECK(sender.reports().empty());
}

TEST_CASE("producers of one broker do not disturb each other") {
    Stage stage;
    const auto topic = stage.topic();
    Sender first(stage);
    Sender second(stage);

    CHECK(first.deliver({record(topic, "a")})[0].offset == stage.reported(0));
    CHECK(second.deliver({record(topic, "b")})[0].offset == stage.reported(1));
    second.end();
    CHECK(first.deliver({record(topic, "c")})[0].offset == stage.reported(2));
    CHECK(first.reports().size() == 2);
}

}  // namespace

}  // namespace gateway::contract
