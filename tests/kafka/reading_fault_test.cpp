#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"
#include "kafka/mock_cluster.hpp"
#include "kafka/play.hpp"

namespace {

using namespace std::chrono_literals;
using namespace gateway;
using gateway::contract::Member;
using gateway::contract::range;
using gateway::contract::Reader;
using gateway::contract::Sender;
using gateway::test::MockCluster;
using gateway::test::options_for;
using gateway::test::Play;
using Request = MockCluster::Request;

TEST_CASE("a reader goes on where it was when its broker is back, repeating nothing") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 10);
    Reader reader(play.stage());
    reader.add({{"topic", 0, 0}});
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 10; }));

    cluster.go_down();
    REQUIRE(play.becomes([](const BrokerStatus& status) { return !status.up; }));
    cluster.come_up();
    sender.count("topic", 0, 10, 20);
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() >= 20; }));
    CHECK(reader.offsets({"topic", 0}) == range(0, 20));
    CHECK(reader.ended().empty());
}

TEST_CASE(
    "a partition without a leader holds up no other, is dropped, and is read when it is back") {
    MockCluster cluster(2);
    cluster.create("topic", 3);
    cluster.lead("topic", 0, 1);
    cluster.lead("topic", 1, 2);
    cluster.lead("topic", 2, 2);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    for (std::int32_t i = 0; i < 3; ++i) sender.count("topic", i, 0, 10);
    Reader reader(play.stage());
    reader.add({{"topic", 0, 0}, {"topic", 1, 0}, {"topic", 2, 0}});
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 30; }));

    cluster.go_down(2);
    sender.count("topic", 0, 10, 20);
    REQUIRE(play.stage().run_until([&] { return reader.offsets({"topic", 0}).size() == 20; }));
    reader.drop({{"topic", 2}});
    reader.add({{"topic", 1, 5}, {"topic", 0, 15}});
    REQUIRE(play.stage().run_until([&] { return reader.offsets({"topic", 0}).size() == 25; }));

    cluster.come_up(2);
    REQUIRE(play.stage().run_until([&] { return reader.offsets({"topic", 1}).size() == 15; }));
    CHECK(reader.offsets({"topic", 2}).size() == 10);
    CHECK(reader.losses().empty());
    CHECK(reader.ended().empty());
}

TEST_CASE("a reader of a broker that is gone closes at once") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 10);
    Reader reader(play.stage());
    reader.add({{"topic", 0, 0}});
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 10; }));
    cluster.go_down();
    const auto start = std::chrono::steady_clock::now();
    reader.end();
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.readers == 0; }));
    CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("a reader hears of a topic that is gone, also where no broker answered for a while") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 10);
    cluster.go_down();
    Reader reader(play.stage());
    reader.add({{"topic", 0, 0}});
    // As long as the reader's own question of which topics there are; it is answered after that.
    bool is_over = false;
    play.broker().list_topics(play.stage().io().get_executor(), 10s, [&](const auto& answer) {
        CHECK_FALSE(answer.has_value());
        is_over = true;
    });
    REQUIRE(play.stage().run_until([&] { return is_over; }));

    cluster.come_up();
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 10; }));
    cluster.forget("topic");
    REQUIRE(play.stage().run_until([&] { return !reader.ended().empty(); }));
    CHECK(reader.ended()[0].error.code == Errc::topic_not_found);
}

TEST_CASE("an offset that is said to be gone and is not costs a reader nothing") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 10);
    cluster.fail_next(Request::fetch, {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE});
    Reader reader(play.stage());
    reader.add({{"topic", 0, 3}});
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 7; }));
    cluster.fail_next(Request::fetch, {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE});
    sender.count("topic", 0, 10, 20);
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() >= 17; }));
    CHECK(reader.offsets({"topic", 0}) == range(3, 20));
    CHECK(reader.losses().empty());
}

TEST_CASE(
    "an offset that is said to be gone and is not costs a member nothing, with either protocol") {
    MockCluster cluster;
    cluster.create("topic", 2);
    auto options = options_for(cluster.servers());
    SUBCASE("eager") {}
    SUBCASE("cooperative") {
        options.consumer["partition.assignment.strategy"] = "cooperative-sticky";
    }
    Play play(options);
    Sender sender(play.stage());
    Member member(play.stage(), {"topic"}, "group");
    member.commit_as_taken();
    member.join();
    int next = 0;
    for (int round = 0; round < 3; ++round) {
        cluster.fail_next(Request::fetch, {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE});
        for (std::int32_t i = 0; i < 2; ++i) sender.count("topic", i, next, next + 10);
        next += 10;
        const auto expected = static_cast<std::size_t>(2 * next);
        REQUIRE(play.stage().run_until([&] { return member.taken().size() >= expected; }));
    }
    CHECK(member.offsets({"topic", 0}) == range(0, next));
    CHECK(member.offsets({"topic", 1}) == range(0, next));
    CHECK(member.losses().empty());
    CHECK(member.revoked().empty());
    member.close();
}

TEST_CASE("a partition that may not be read is ended, and says so") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 10);
    cluster.fail_next(Request::fetch, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    Reader reader(play.stage());
    reader.add({{"topic", 0, 0}});
    REQUIRE(play.stage().run_until([&] { return reader.ended().size() == 1; }));
    CHECK(reader.ended()[0].error.code == Errc::not_authorized);
    CHECK(reader.taken().empty());

    reader.add({{"topic", 0, 0}});
    REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 10; }));
}

TEST_CASE("readers above the limit are refused, and there is room again when one has gone") {
    MockCluster cluster;
    auto options = options_for(cluster.servers());
    options.max_readers = 1;
    Play play(options);
    struct : PartitionReader::Events {
        std::size_t records(std::span<const Record> records) override { return records.size(); }
        void reached_end(const Position&) override {}
        void lost(const Lost&) override {}
        void ended(const TopicPartition&, const Error&) override {}
    } events;
    const auto open = [&] {
        return play.broker().open_reader(play.stage().io().get_executor(), events);
    };
    {
        const auto one = open();
        REQUIRE(one.has_value());
        const auto refused = open();
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::limit_reached);
        CHECK(refused.error().message.find("kafka.max_readers") != std::string::npos);
    }
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.readers == 0; }));
    CHECK(open().has_value());
}

TEST_CASE("a leader that is slow to say where its partitions end holds up no other question") {
    MockCluster cluster(2);
    cluster.create("slow", 1);
    cluster.create("quick", 1);
    cluster.lead("slow", 0, 1);
    cluster.lead("quick", 0, 2);
    Play play(options_for(cluster.servers()));
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.up; }));
    const auto locate = [&](const std::string& topic, Start start, auto& done) {
        play.broker().locate(play.stage().io().get_executor(), {topic}, std::move(start), 10s,
                             [&done](const auto& answer) { done = answer.has_value(); });
    };
    cluster.slow_down_next(Request::list_offsets, 4, 1s);
    bool slow = false;
    locate("slow", FromLatest{}, slow);
    for (int i = 0; i < 20; ++i) {
        bool quick = false;
        locate("quick", FromTime{1000 + i}, quick);
        REQUIRE(play.stage().run_until([&] { return quick; }));
        CHECK_FALSE(slow);
    }
    CHECK(play.stage().run_until([&] { return slow; }));
}

TEST_CASE("a question that its leader does not answer holds up no stop, and is told of it") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.up; }));
    cluster.slow_down_next(Request::list_offsets, 4, 6s);
    std::optional<Errc> answer;
    play.broker().locate(play.stage().io().get_executor(), {"topic"}, FromTime{1000}, 10s,
                         [&](const auto& located) { answer = located.error().code; });
    play.stage().io().restart();
    play.stage().io().run_for(200ms);
    REQUIRE_FALSE(answer.has_value());
    CHECK(play.stop(300ms) < 3s);
    CHECK(answer == Errc::draining);
}

}  // namespace
