#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

/// Where the next record of a topic is read, which must be there.
Position end_of(Stage& stage, const std::string& topic) {
    const auto located = stage.locate({topic}, FromLatest{});
    REQUIRE(located.has_value());
    REQUIRE(located->size() == 1);
    const Located& only = located->front();
    CHECK(only.topic == topic);
    CHECK(only.partition == 0);
    CHECK(only.earliest == only.latest);
    CHECK(only.start == only.latest);
    return {topic, 0, only.start};
}

std::vector<std::int64_t> numbers(const Reader& reader, const std::string& topic) {
    return numbers_of(reader.taken(), topic);
}

TEST_CASE_FIXTURE(Scene,
                  "what is sent from the moment that a topic is located is read, when ever it is") {
    sender.count(topic, 0, 0, 5);
    const auto end = end_of(stage, topic);
    sender.count(topic, 0, 5, 15);
    Reader reader(stage);
    reader.add({end});
    sender.count(topic, 0, 15, 25);
    reader.wait_for(20);
    CHECK(numbers(reader, topic) == range(5, 25));
    CHECK(reader.offsets({topic, 0}) == range(end.offset, end.offset + 20));
    CHECK(reader.losses().empty());
    CHECK(end_of(stage, topic).offset == end.offset + 20);
}

TEST_CASE("several topics are located at once, in order, each once") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    const auto located = stage.locate({other, one, other}, FromLatest{});
    REQUIRE(located.has_value());
    REQUIRE(located->size() == 2);
    CHECK(located->at(0).topic == std::min(one, other));
    CHECK(located->at(1).topic == std::max(one, other));
    CHECK(stage.locate({}, FromLatest{})->empty());
}

TEST_CASE_FIXTURE(Scene, "a topic that does not exist is not located, and not created") {
    const auto unknown = Stage::fresh("unknown");
    const auto located = stage.locate({topic, unknown}, FromLatest{});
    REQUIRE_FALSE(located.has_value());
    CHECK(located.error().code == Errc::topic_not_found);
    CHECK(sender.fate_of({.topic = unknown, .value = "value"}).error == Errc::topic_not_found);
}

TEST_CASE("no other start can be located") {
    Stage stage;
    const auto topic = stage.topic();
    for (const Start& start :
         {Start(FromEarliest{}), Start(FromTime{0}), Start(FromLast{5}), Start(Cursor{})}) {
        const auto located = stage.locate({topic}, start);
        REQUIRE_FALSE(located.has_value());
        CHECK(located.error().code == Errc::not_supported);
        CHECK(located.error().message.find(stage.broker().name()) != std::string::npos);
    }
}

TEST_CASE_FIXTURE(Scene,
                  "a reader that would begin further back is told what it lost, and goes on") {
    Reader first(stage);
    const auto end = end_of(stage, topic);
    first.add({end});
    sender.count(topic, 0, 0, 10);
    first.wait_for(10);

    Reader late(stage);
    late.add({{topic, 0, end.offset + 3}});
    REQUIRE(stage.run_until([&] { return !late.losses().empty(); }));
    CHECK(late.losses() == std::vector<Lost>{{.topic = topic,
                                              .partition = 0,
                                              .wanted = end.offset + 3,
                                              .next = end.offset + 10,
                                              .earliest = end.offset + 10,
                                              .latest = end.offset + 10}});
    sender.count(topic, 0, 10, 20);
    late.wait_for(10);
    first.wait_for(20);
    CHECK(numbers(late, topic) == range(10, 20));
    CHECK(late.offsets({topic, 0}) == range(end.offset + 10, end.offset + 20));
    CHECK(first.losses().empty());
}

TEST_CASE("a place beyond the end is no place: the partition is ended") {
    Stage stage;
    const auto topic = stage.topic();
    Reader first(stage);
    const auto end = end_of(stage, topic);
    first.add({end});
    Reader reader(stage);
    reader.add({{topic, 0, end.offset + 1}});
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 1; }));
    CHECK(reader.ended()[0].error.code == Errc::offset_out_of_range);
}

TEST_CASE_FIXTURE(Scene, "what does not exist is ended, by itself, and the others go on") {
    const auto unknown = Stage::fresh("unknown");
    Reader reader(stage);
    reader.add({{unknown, 0, 0}, end_of(stage, topic), {topic, 1, 0}});
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 2; }));
    for (const auto& each : reader.ended()) {
        CHECK(each.error.code == (each.partition.topic == unknown ? Errc::topic_not_found
                                                                  : Errc::partition_not_found));
    }
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
}

TEST_CASE("nothing of a dropped topic arrives any more, and the others go on") {
    Stage stage;
    const auto one = stage.topic();
    const auto other = stage.topic();
    Sender sender(stage);
    Reader reader(stage);
    Reader witness(stage);
    reader.add({end_of(stage, one), end_of(stage, other)});
    REQUIRE(stage.run_until([&] { return reader.ends().size() == 2; }));
    witness.add({end_of(stage, one)});
    REQUIRE(stage.run_until([&] { return witness.ends().size() == 1; }));
    sender.count(one, 0, 0, 10);
    reader.wait_for(10);
    reader.drop({{one, 0}, {Stage::fresh("unknown"), 0}});
    sender.count(one, 0, 10, 20);
    sender.count(other, 0, 0, 10);
    witness.wait_for(20);
    reader.wait_for(20);
    CHECK(numbers(reader, one) == range(0, 10));
    CHECK(numbers(witness, one) == range(0, 20));
    CHECK(numbers(reader, other) == range(0, 10));
}

TEST_CASE_FIXTURE(Scene,
                  "a topic that was dropped may be read again, from where it is located then") {
    Reader reader(stage);
    const auto end = end_of(stage, topic);
    reader.add({end});
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
    reader.drop({{topic, 0}});
    const auto again = end_of(stage, topic);
    CHECK(again.offset > end.offset + 9);
    sender.count(topic, 0, 10, 20);
    reader.add({again});
    reader.wait_for(20);
    CHECK(numbers(reader, topic) == range(0, 20));
    CHECK(reader.losses().empty());
}

TEST_CASE_FIXTURE(Scene, "a reader that takes in part is given exactly the rest at its resume") {
    Reader slow(stage);
    slow.add({end_of(stage, topic)});
    slow.allow(7);
    sender.count(topic, 0, 0, 5000);
    slow.wait_for(7);
    while (slow.taken().size() < 5000) {
        const auto target = std::min<std::size_t>(slow.taken().size() + 1000, 5000);
        slow.allow(target - slow.taken().size());
        slow.resume();
        slow.wait_for(target);
    }
    CHECK(numbers(slow, topic) == range(0, 5000));
    CHECK(slow.losses().empty());
}

TEST_CASE_FIXTURE(Scene, "a destroyed reader hears nothing more, also of what waits") {
    Reader waiting(stage);
    waiting.allow(3);
    waiting.add({end_of(stage, topic)});
    Reader witness(stage);
    witness.add({end_of(stage, topic)});
    sender.count(topic, 0, 0, 10);
    waiting.wait_for(3);
    waiting.end();
    sender.count(topic, 0, 10, 20);
    witness.wait_for(20);
    CHECK(waiting.taken().size() == 3);
    REQUIRE(stage.run_until([&] { return stage.broker().status().readers == 1; }));
}

TEST_CASE_FIXTURE(Scene, "a reader may be destroyed from within its own event") {
    Reader reader(stage);
    reader.allow(5);
    reader.on_records([&] { reader.end(); });
    reader.add({end_of(stage, topic)});
    sender.count(topic, 0, 0, 100);
    REQUIRE(stage.run_until([&] { return stage.broker().status().readers == 0; }));
    CHECK(reader.calls() == 1);
}

TEST_CASE_FIXTURE(Scene, "readers and members of one topic do not disturb each other") {
    Reader reader(stage);
    reader.add({end_of(stage, topic)});
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    sender.count(topic, 0, 0, 50);
    reader.wait_for(50);
    member.wait_for(50);
    CHECK(stage.broker().status().readers == 1);
    CHECK(stage.broker().status().consumers == 1);
    CHECK(numbers(reader, topic) == range(0, 50));
}

TEST_CASE_FIXTURE(Scene, "a broker stops with readers open") {
    Reader reader(stage);
    reader.add({end_of(stage, topic)});
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
    stage.stop();
}

}  // namespace

}  // namespace gateway::contract
