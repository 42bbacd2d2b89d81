#include <algorithm>

#include <doctest/doctest.h>

#include "broker/expiry.hpp"
#include "broker/reader.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

TEST_CASE("the end is told each time that it is reached, of every partition") {
    Stage stage;
    const auto topic = stage.topic(3);
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 3);
    Reader reader(stage);
    reader.add({{topic, 0, 0}, {topic, 1, 3}, {topic, 2, 0}});
    REQUIRE(stage.run_until([&] {
        return reader.is_at_end({topic, 0, 10}) && reader.is_at_end({topic, 1, 3}) &&
               reader.is_at_end({topic, 2, 0});
    }));
    CHECK(reader.offsets({topic, 0}) == range(0, 10));
    CHECK(reader.offsets({topic, 1}).empty());

    sender.count(topic, 0, 10, 20);
    REQUIRE(stage.run_until([&] { return reader.is_at_end({topic, 0, 20}); }));
    CHECK(reader.offsets({topic, 0}) == range(0, 20));
    CHECK(std::ranges::count(reader.ends(), Position{topic, 1, 3}) == 1);
    CHECK(std::ranges::count(reader.ends(), Position{topic, 2, 0}) == 1);

    reader.add({{topic, 0, 15}});
    REQUIRE(stage.run_until([&] {
        return std::ranges::count(reader.ends(), Position{topic, 0, 20}) == 2;
    }));
    CHECK(reader.offsets({topic, 0}).size() == 25);
}

TEST_CASE("the end is not told before the records up to it are taken") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    Reader witness(stage);
    reader.allow(9);
    reader.add({{topic, 0, 0}});
    reader.wait_for(9);
    witness.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return witness.is_at_end({topic, 0, 10}); }));
    CHECK(reader.ends().empty());

    reader.allow(Reader::unlimited);
    reader.resume();
    REQUIRE(stage.run_until([&] { return reader.is_at_end({topic, 0, 10}); }));
    CHECK(reader.taken().size() == 10);
}

TEST_CASE_FIXTURE(Scene, "what does not exist is ended, by itself, and the others go on") {
    const auto unknown = Stage::fresh("unknown");
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{unknown, 0, 0}, {topic, 0, 0}, {topic, 1, 0}});
    REQUIRE(
        stage.run_until([&] { return reader.ended().size() == 2 && reader.taken().size() == 10; }));
    for (const auto& each : reader.ended()) {
        CAPTURE(each.partition.topic);
        CHECK((each.partition == TopicPartition{unknown, 0} ||
               each.partition == TopicPartition{topic, 1}));
        CHECK(each.error.code == (each.partition.topic == unknown ? Errc::topic_not_found
                                                                  : Errc::partition_not_found));
    }
    sender.count(topic, 0, 10, 20);
    reader.wait_for(20);
    const auto all = stage.list();
    CHECK(std::ranges::none_of(all, [&](const auto& each) { return each.topic == unknown; }));
}

TEST_CASE_FIXTURE(Scene, "a place beyond the end is no place: the partition is ended") {
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 11}});
    REQUIRE(stage.run_until([&] { return reader.ended().size() == 1; }));
    CHECK(reader.ended()[0].partition == TopicPartition{topic, 0});
    CHECK(reader.ended()[0].error.code == Errc::offset_out_of_range);

    reader.add({{topic, 0, 8}});
    reader.wait_for(2);
}

TEST_CASE("a reader is told what it lost to retention, and goes on at the oldest record") {
    Stage stage;
    const auto topic = forgetful_topic(stage);
    Sender sender(stage);
    send_and_forget(stage, sender, topic, 10);
    sender.count(topic, 0, 10, 15);

    Reader reader(stage);
    reader.on_records([&] { CHECK(reader.losses().size() == 1); });
    reader.add({{topic, 0, 3}});
    reader.wait_for(5);
    CHECK(reader.offsets({topic, 0}) == range(10, 15));
    CHECK(reader.losses() == std::vector<Lost>{{.topic = topic,
                                                .partition = 0,
                                                .wanted = 3,
                                                .next = 10,
                                                .earliest = 10,
                                                .latest = 15}});
}

TEST_CASE("a reader is told what it lost where nothing is left, too") {
    Stage stage;
    const auto topic = forgetful_topic(stage);
    Sender sender(stage);
    send_and_forget(stage, sender, topic, 10);

    Reader reader(stage);
    reader.add({{topic, 0, 9}});
    REQUIRE(stage.run_until([&] { return reader.is_at_end({topic, 0, 10}); }));
    CHECK(reader.losses() == std::vector<Lost>{{.topic = topic,
                                                .partition = 0,
                                                .wanted = 9,
                                                .next = 10,
                                                .earliest = 10,
                                                .latest = 10}});
    sender.count(topic, 0, 10, 15);
    reader.wait_for(5);
}

}  // namespace

}  // namespace gateway::contract
