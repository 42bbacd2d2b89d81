#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "broker/reader.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

TEST_CASE("a reader gets exactly the records from where it begins, of each partition") {
    Stage stage;
    const auto one = stage.topic(3);
    const auto other = stage.topic(1);
    Sender sender(stage);
    for (std::int32_t i = 0; i < 3; ++i) sender.count(one, i, 0, 50);
    sender.count(other, 0, 0, 50);

    Reader reader(stage);
    reader.add({{one, 0, 0}, {one, 1, 17}, {other, 0, 49}});
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 50 + 33 + 1; }));
    sender.count(one, 2, 50, 60);
    sender.count(one, 0, 50, 60);
    REQUIRE(stage.run_until([&] { return reader.taken().size() == 60 + 33 + 1; }));
    CHECK(reader.offsets({one, 0}) == range(0, 60));
    CHECK(reader.offsets({one, 1}) == range(17, 50));
    CHECK(reader.offsets({one, 2}).empty());
    CHECK(reader.offsets({other, 0}) == range(49, 50));
    CHECK(reader.taken().back().value == "59");
    CHECK(reader.losses().empty());
    CHECK(reader.ended().empty());
}

TEST_CASE_FIXTURE(Scene, "readers share nothing: each gets everything") {
    sender.count(topic, 0, 0, 30);
    Reader one(stage);
    Reader other(stage);
    one.add({{topic, 0, 0}});
    other.add({{topic, 0, 10}});
    one.wait_for(30);
    other.wait_for(20);
    CHECK(one.offsets({topic, 0}) == range(0, 30));
    CHECK(other.offsets({topic, 0}) == range(10, 30));
}

TEST_CASE_FIXTURE(Scene, "a reader that begins at the end gets what is sent from then on") {
    sender.count(topic, 0, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 10}});
    sender.count(topic, 0, 10, 20);
    reader.wait_for(10);
    CHECK(reader.offsets({topic, 0}) == range(10, 20));
}

TEST_CASE("partitions are added while others are read") {
    Stage stage;
    const auto topic = stage.topic(3);
    Sender sender(stage);
    for (std::int32_t i = 0; i < 3; ++i) sender.count(topic, i, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    reader.wait_for(10);

    reader.add({{topic, 1, 5}});
    reader.add({{topic, 2, 9}});
    sender.count(topic, 0, 10, 20);
    reader.wait_for(26);
    CHECK(reader.offsets({topic, 0}) == range(0, 20));
    CHECK(reader.offsets({topic, 1}) == range(5, 10));
    CHECK(reader.offsets({topic, 2}) == range(9, 10));
}

TEST_CASE("a partition added again goes on from there, back or forth") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    sender.count(topic, 0, 0, 100);
    sender.count(topic, 1, 0, 10);
    Reader reader(stage);
    reader.add({{topic, 0, 50}, {topic, 1, 0}});
    reader.wait_for(60);

    reader.add({{topic, 0, 90}});
    reader.wait_for(70);
    auto expected = range(50, 100);
    std::ranges::copy(range(90, 100), std::back_inserter(expected));
    CHECK(reader.offsets({topic, 0}) == expected);

    reader.add({{topic, 0, 0}});
    reader.wait_for(170);
    std::ranges::copy(range(0, 100), std::back_inserter(expected));
    CHECK(reader.offsets({topic, 0}) == expected);
    CHECK(reader.offsets({topic, 1}) == range(0, 10));
}

TEST_CASE("what waits from the old place is forgotten when a partition is added again") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    sender.count(topic, 0, 0, 100);
    sender.count(topic, 1, 0, 100);
    Reader reader(stage);
    reader.allow(0);
    reader.add({{topic, 0, 0}, {topic, 1, 0}});
    REQUIRE(stage.run_until([&] { return reader.calls() > 0; }));

    reader.add({{topic, 0, 70}});
    reader.allow(Reader::unlimited);
    reader.resume();
    reader.wait_for(130);
    CHECK(reader.offsets({topic, 0}) == range(70, 100));
    CHECK(reader.offsets({topic, 1}) == range(0, 100));
}

TEST_CASE_FIXTURE(Scene, "a partition may be added again from within its own records") {
    sender.count(topic, 0, 0, 2000);
    Reader reader(stage);
    bool again = false;
    reader.on_records([&] {
        if (std::exchange(again, true)) return;
        reader.add({{topic, 0, 1990}});
    });
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.is_at_end({topic, 0, 2000}); }));
    const auto offsets = reader.offsets({topic, 0});
    REQUIRE(offsets.size() >= 11);
    CHECK(std::vector(offsets.end() - 10, offsets.end()) == range(1990, 2000));
    CHECK(offsets[offsets.size() - 11] == static_cast<std::int64_t>(offsets.size()) - 11);
}

TEST_CASE("nothing of a dropped partition arrives any more, and the others go on") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    Reader reader(stage);
    Reader witness(stage);
    reader.add({{topic, 0, 0}, {topic, 1, 0}});
    witness.add({{topic, 0, 0}, {topic, 1, 0}});
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 10);
    reader.wait_for(20);

    sender.count(topic, 0, 10, 20);
    reader.drop({{topic, 0}});
    const auto heard = reader.offsets({topic, 0}).size();
    sender.count(topic, 0, 20, 30);
    sender.count(topic, 1, 10, 20);
    REQUIRE(stage.run_until([&] {
        return witness.taken().size() == 50 && reader.offsets({topic, 1}).size() == 20;
    }));
    CHECK(reader.offsets({topic, 0}).size() == heard);
}

TEST_CASE("what waits from a partition is forgotten when it is dropped") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    sender.count(topic, 0, 0, 100);
    sender.count(topic, 1, 0, 100);
    Reader reader(stage);
    reader.allow(0);
    reader.add({{topic, 0, 0}, {topic, 1, 0}});
    REQUIRE(stage.run_until([&] { return reader.calls() > 0; }));

    reader.drop({{topic, 0}});
    reader.allow(Reader::unlimited);
    reader.resume();
    reader.wait_for(100);
    CHECK(reader.offsets({topic, 1}) == range(0, 100));
}

TEST_CASE("a partition may be dropped from within its own records, and be read again later") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    sender.count(topic, 0, 0, 5000);
    Reader reader(stage);
    reader.allow(7);
    reader.on_records([&] { reader.drop({{topic, 0}}); });
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.calls() == 1; }));
    CHECK(reader.offsets({topic, 0}) == range(0, 7));

    reader.on_records({});
    reader.allow(Reader::unlimited);
    reader.add({{topic, 1, 0}});
    reader.resume();
    sender.count(topic, 1, 0, 10);
    reader.wait_for(17);
    CHECK(reader.offsets({topic, 1}) == range(0, 10));

    reader.add({{topic, 0, 4990}});
    reader.wait_for(27);
}

TEST_CASE("to drop what is not read, or nothing, or to add nothing, does nothing") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    Reader reader(stage);
    reader.drop({{topic, 0}, {Stage::fresh("unknown"), 3}});
    reader.drop({});
    reader.add({});
    reader.add({{topic, 0, 0}});
    reader.drop({{topic, 1}});
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
}

TEST_CASE_FIXTURE(Scene, "a reader that takes in part is given exactly the rest at its resume") {
    Reader slow(stage);
    Reader witness(stage);
    slow.allow(7);
    slow.add({{topic, 0, 0}});
    witness.add({{topic, 0, 0}});
    sender.count(topic, 0, 0, 50);
    slow.wait_for(7);
    sender.count(topic, 0, 50, 60);
    witness.wait_for(60);
    CHECK(slow.taken().size() == 7);

    slow.allow(20);
    slow.resume();
    slow.wait_for(27);
    slow.allow(Reader::unlimited);
    slow.resume();
    slow.wait_for(60);
    CHECK(slow.offsets({topic, 0}) == range(0, 60));
}

TEST_CASE_FIXTURE(Scene, "a resume of a reader without a pause does nothing") {
    Reader reader(stage);
    reader.resume();
    reader.add({{topic, 0, 0}});
    reader.resume();
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
    reader.resume();
    sender.count(topic, 0, 10, 20);
    reader.wait_for(20);
    CHECK(reader.offsets({topic, 0}) == range(0, 20));
}

TEST_CASE_FIXTURE(Scene, "a slow reader loses nothing of a long topic") {
    for (int first = 0; first < 20'000; first += 1000) sender.count(topic, 0, first, first + 1000);
    Reader reader(stage);
    reader.allow(0);
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.calls() == 1; }));
    while (reader.taken().size() < 20'000) {
        const auto target = std::min<std::size_t>(reader.taken().size() + 3000, 20'000);
        reader.allow(3000);
        reader.resume();
        reader.wait_for(target);
    }
    CHECK(reader.offsets({topic, 0}) == range(0, 20'000));
}

TEST_CASE_FIXTURE(Scene, "a destroyed reader hears nothing more, also of what waits") {
    Reader witness(stage);
    witness.add({{topic, 0, 0}});
    Reader waiting(stage);
    waiting.allow(3);
    waiting.add({{topic, 0, 0}});
    Reader idle(stage);
    idle.add({{topic, 0, 0}});
    Reader hasty(stage);
    hasty.add({{topic, 0, 0}});
    hasty.end();
    sender.count(topic, 0, 0, 10);
    REQUIRE(stage.run_until([&] { return waiting.calls() == 1 && idle.taken().size() == 10; }));

    waiting.end();
    idle.end();
    sender.count(topic, 0, 10, 20);
    witness.wait_for(20);
    CHECK(waiting.taken().size() == 3);
    CHECK(idle.taken().size() == 10);
    CHECK(hasty.taken().empty());
}

TEST_CASE_FIXTURE(Scene, "a reader may be destroyed from within its own event") {
    sender.count(topic, 0, 0, 3000);
    Reader reader(stage);
    reader.allow(5);
    reader.on_records([&] { reader.end(); });
    reader.add({{topic, 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.calls() == 1; }));
    REQUIRE(stage.run_until([&] { return stage.broker().status().readers == 0; }));
    CHECK(reader.taken().size() == 5);
}

TEST_CASE_FIXTURE(Scene,
                  "a reader gets records whole: key, value, headers, timestamp, and tombstones") {
    const std::array<Header, 2> headers = {{{"name", "value"}, {"none", std::nullopt}}};
    sender.deliver({{.topic = topic,
                     .key = "key",
                     .value = "value",
                     .headers = headers,
                     .partition = 0,
                     .timestamp = 1'600'000'000'123},
                    {.topic = topic, .key = "gone", .partition = 0},
                    {.topic = topic, .value = "", .partition = 0}});

    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    reader.wait_for(3);
    const auto& taken = reader.taken();
    CHECK(taken[0].key == "key");
    CHECK(taken[0].value == "value");
    CHECK(taken[0].timestamp == 1'600'000'000'123);
    REQUIRE(taken[0].headers.size() == 2);
    CHECK(taken[0].headers[0] ==
          std::pair(std::string("name"), std::optional<std::string>("value")));
    CHECK(taken[0].headers[1] ==
          std::pair(std::string("none"), std::optional<std::string>(std::nullopt)));
    CHECK(taken[1].key == "gone");
    CHECK_FALSE(taken[1].value.has_value());
    CHECK(taken[1].headers.empty());
    CHECK_FALSE(taken[2].key.has_value());
    CHECK(taken[2].value == "");
}

TEST_CASE_FIXTURE(Scene, "readers are counted, and nothing remains of what is gone") {
    {
        Reader one(stage);
        Reader other(stage);
        one.add({{topic, 0, 0}});
        sender.count(topic, 0, 0, 10);
        one.wait_for(10);
        CHECK(stage.broker().status().readers == 2);
        CHECK(stage.broker().status().consumers == 0);
    }
    REQUIRE(stage.run_until([&] {
        const auto status = stage.broker().status();
        return status.readers == 0 && status.orphans == 0;
    }));
}

TEST_CASE_FIXTURE(Scene, "a broker stops with readers open") {
    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
    stage.stop();
}

}  // namespace

}  // namespace gateway::contract
