#include <algorithm>
#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "broker/expiry.hpp"
#include "broker/scene.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

/// The starts that `locate` answers, which it must.
std::vector<std::int64_t> starts(Stage& stage, const std::vector<std::string>& topics,
                                 const Start& start) {
    const auto located = stage.locate(topics, start);
    REQUIRE(located.has_value());
    std::vector<std::int64_t> found;
    for (const auto& each : *located) found.push_back(each.start);
    return found;
}

Error refusal(Stage& stage, const std::vector<std::string>& topics, const Start& start) {
    const auto located = stage.locate(topics, start);
    REQUIRE_FALSE(located.has_value());
    return located.error();
}

/// Sends a record with each of these timestamps to partition 0.
void send_at(Sender& sender, const std::string& topic, std::initializer_list<Timestamp> times) {
    std::vector<OutgoingRecord> records;
    for (const auto time : times) {
        records.push_back({.topic = topic, .value = "value", .partition = 0, .timestamp = time});
    }
    for (const auto& fate : sender.deliver(records)) REQUIRE_FALSE(fate.error.has_value());
}

using Offsets = std::vector<std::int64_t>;

TEST_CASE("a broker of positions says so") {
    Stage stage;
    CHECK(stage.broker().capabilities().positions);
}

TEST_CASE("a topic that nothing was sent to holds nothing and begins at 0") {
    Stage stage;
    const auto topic = stage.topic(2);
    for (const Start& start : {Start(FromLatest{}), Start(FromEarliest{}), Start(FromTime{0}),
                               Start(FromLast{5}), Start(Cursor{})}) {
        const auto located = stage.locate({topic}, start);
        REQUIRE(located.has_value());
        CHECK(*located == std::vector<Located>{{.topic = topic, .partition = 0},
                                               {.topic = topic, .partition = 1}});
    }
}

TEST_CASE("every partition of every topic is located in order, whatever the order of the names") {
    Stage stage;
    const auto one = stage.topic(11);
    const auto other = stage.topic(1);
    Sender sender(stage);
    sender.count(one, 7, 0, 3);
    sender.count(other, 0, 0, 4);

    std::vector<Located> expected;
    for (std::int32_t i = 0; i < 11; ++i) expected.push_back({.topic = one, .partition = i});
    expected[7].latest = 3;
    expected.push_back({.topic = other, .partition = 0, .latest = 4});
    std::ranges::sort(expected, {}, [](const auto& each) {
        return TopicPartition{each.topic, each.partition};
    });
    for (const auto& topics :
         {std::vector{one, other}, std::vector{other, one}, std::vector{one, other, one}}) {
        const auto located = stage.locate(topics, FromEarliest{});
        REQUIRE(located.has_value());
        CHECK(*located == expected);
    }
}

TEST_CASE("latest is the offset that the next record gets, earliest the oldest record's") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 3);
    CHECK(starts(stage, {topic}, FromLatest{}) == Offsets{10, 3});
    CHECK(starts(stage, {topic}, FromEarliest{}) == Offsets{0, 0});
}

TEST_CASE("what retention dropped is not the earliest any more") {
    Stage stage;
    const auto topic = forgetful_topic(stage);
    Sender sender(stage);
    send_and_forget(stage, sender, topic, 10);
    sender.count(topic, 0, 10, 15);

    const auto located = stage.locate({topic}, FromLast{100});
    REQUIRE(located.has_value());
    CHECK(*located ==
          std::vector<Located>{
              {.topic = topic, .partition = 0, .earliest = 10, .latest = 15, .start = 10}});
    CHECK(starts(stage, {topic}, FromEarliest{}) == Offsets{10});
    CHECK(starts(stage, {topic}, FromTime{0}) == Offsets{10});
    CHECK(starts(stage, {topic}, Cursor{}) == Offsets{10});
}

TEST_CASE_FIXTURE(Scene, "a time is looked up as the first record with it or a later one") {
    const Timestamp base = 1'700'000'000'000;
    send_at(sender, topic, {base, base + 10, base + 10, base + 30});

    CHECK(starts(stage, {topic}, FromTime{base}) == Offsets{0});
    CHECK(starts(stage, {topic}, FromTime{base + 10}) == Offsets{1});
    CHECK(starts(stage, {topic}, FromTime{base + 30}) == Offsets{3});
    SUBCASE("between records") { CHECK(starts(stage, {topic}, FromTime{base + 11}) == Offsets{3}); }
    SUBCASE("before the first") { CHECK(starts(stage, {topic}, FromTime{0}) == Offsets{0}); }
    SUBCASE("after the last") {
        CHECK(starts(stage, {topic}, FromTime{base + 31}) == Offsets{4});
        CHECK(starts(stage, {topic}, FromTime{base * 2}) == Offsets{4});
    }
}

TEST_CASE_FIXTURE(Scene, "a time is looked up in the order of offsets where timestamps jump back") {
    const Timestamp base = 1'700'000'000'000;
    send_at(sender, topic, {base, base + 50, base + 20, base + 60});
    CHECK(starts(stage, {topic}, FromTime{base + 20}) == Offsets{1});
    CHECK(starts(stage, {topic}, FromTime{base + 51}) == Offsets{3});
}

TEST_CASE("a time is looked up in each partition by itself, in long ones too") {
    Stage stage;
    const auto topic = stage.topic(2);
    Sender sender(stage);
    const Timestamp base = 1'700'000'000'000;
    const std::string value(200, 'v');
    for (int first = 0; first < 5000; first += 1000) {
        std::vector<OutgoingRecord> records;
        for (int i = first; i < first + 1000; ++i) {
            records.push_back(
                {.topic = topic, .value = value, .partition = 1, .timestamp = base + 10 * i});
        }
        sender.deliver(records);
    }
    for (const std::int64_t offset : {0, 1, 999, 1000, 2718, 4999}) {
        CHECK(starts(stage, {topic}, FromTime{base + 10 * offset}) == Offsets{0, offset});
        CHECK(starts(stage, {topic}, FromTime{base + 10 * offset - 3}) == Offsets{0, offset});
    }
}

TEST_CASE("the last records are counted from each partition's end") {
    Stage stage;
    const auto topic = stage.topic(3);
    Sender sender(stage);
    sender.count(topic, 0, 0, 10);
    sender.count(topic, 1, 0, 3);
    sender.count(topic, 2, 0, 7);
    CHECK(starts(stage, {topic}, FromLast{4}) == Offsets{6, 0, 3});
    CHECK(starts(stage, {topic}, FromLast{0}) == Offsets{10, 3, 7});
    CHECK(starts(stage, {topic}, FromLast{huge}) == Offsets{0, 0, 0});
}

TEST_CASE("a cursor's offsets are where reading begins, and what it leaves out at the oldest") {
    Stage stage;
    const auto topic = stage.topic(3);
    Sender sender(stage);
    for (std::int32_t i = 0; i < 3; ++i) sender.count(topic, i, 0, 10);
    CHECK(starts(stage, {topic}, Cursor{{topic, 1, 4}}) == Offsets{0, 4, 0});
    CHECK(starts(stage, {topic}, Cursor{{topic, 2, 9}, {topic, 0, 0}}) == Offsets{0, 0, 9});
    CHECK(starts(stage, {topic}, Cursor{{topic, 0, 10}}) == Offsets{10, 0, 0});
}

TEST_CASE("a cursor beyond what a partition holds is refused, with what it does hold") {
    Stage stage;
    const auto topic = forgetful_topic(stage);
    Sender sender(stage);
    send_and_forget(stage, sender, topic, 131);
    sender.count(topic, 0, 131, 147);
    for (const std::int64_t offset :
         {std::int64_t{-1}, std::int64_t{0}, std::int64_t{130}, std::int64_t{148}, huge}) {
        CAPTURE(offset);
        const auto error = refusal(stage, {topic}, Cursor{{topic, 0, offset}});
        CHECK(error.code == Errc::offset_out_of_range);
        CHECK(error.message.find("131") != std::string::npos);
        CHECK(error.message.find("147") != std::string::npos);
    }
    CHECK(starts(stage, {topic}, Cursor{{topic, 0, 131}}) == Offsets{131});
    CHECK(starts(stage, {topic}, Cursor{{topic, 0, 147}}) == Offsets{147});
}

TEST_CASE("a cursor that names what is not there is refused") {
    Stage stage;
    const auto topic = stage.topic(2);
    const auto other = stage.topic();
    for (const auto& position :
         std::array<Position, 4>{{{topic, 2, 0}, {topic, -1, 0}, {other, 0, 0}, {"none", 0, 0}}}) {
        CAPTURE(position.topic);
        CAPTURE(position.partition);
        CHECK(refusal(stage, {topic}, Cursor{{topic, 0, 0}, position}).code ==
              Errc::partition_not_found);
    }
}

TEST_CASE("a topic that does not exist is not located, and not created") {
    Stage stage;
    const auto topic = stage.topic();
    const auto unknown = Stage::fresh("unknown");
    CHECK(refusal(stage, {unknown}, FromLatest{}).code == Errc::topic_not_found);
    CHECK(refusal(stage, {topic, unknown}, FromEarliest{}).code == Errc::topic_not_found);
    const auto all = stage.list();
    CHECK(std::ranges::none_of(all, [&](const auto& each) { return each.topic == unknown; }));
}

TEST_CASE("no topics are nowhere") {
    Stage stage;
    CHECK(starts(stage, {}, FromLatest{}).empty());
}

}  // namespace

}  // namespace gateway::contract
