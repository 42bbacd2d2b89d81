#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"
#include "kafka/broker.hpp"
#include "kafka/mock_cluster.hpp"
#include "kafka/play.hpp"

namespace {

using namespace std::chrono_literals;
using gateway::BrokerStatus;
using gateway::Errc;
using gateway::OutgoingRecord;
using gateway::contract::Member;
using gateway::contract::Reader;
using gateway::contract::Sender;
using gateway::contract::Stage;
using gateway::kafka::Broker;
using gateway::kafka::Options;
using gateway::test::MockCluster;
using gateway::test::options_for;
using gateway::test::Play;
using Request = MockCluster::Request;

OutgoingRecord record(std::string_view topic, std::uint32_t token = 0) {
    return {.topic = topic,
            .key = std::nullopt,
            .value = "value",
            .headers = {},
            .partition = 0,
            .timestamp = std::nullopt,
            .token = token};
}

constexpr const char* nowhere = "127.0.0.1:1";

TEST_CASE("a broker that is not there does not keep the server from starting, and says why") {
    Play play(options_for(nowhere));
    REQUIRE(play.becomes([](const BrokerStatus& status) {
        return status.reason.find("Connection refused") != std::string::npos;
    }));
    CHECK_FALSE(play.broker().status().up);
    CHECK(play.broker().status().reason == "no broker of 127.0.0.1:1 answers: Connection refused");
}

TEST_CASE("what is asked of a broker that is not there is answered in time") {
    Play play(options_for(nowhere));
    std::optional<Errc> listed;
    std::optional<Errc> created;
    play.broker().list_topics(play.stage().io().get_executor(), 200ms,
                              [&](auto answer) { listed = answer.error().code; });
    play.broker().create_topics(play.stage().io().get_executor(), {{"topic", 1, {}, {}}}, 200ms,
                                [&](auto answer) { created = answer.at(0)->code; });
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(play.stage().run_until([&] { return listed && created; }));
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    CHECK(listed == Errc::broker_unavailable);
    CHECK(created == Errc::broker_unavailable);
}

TEST_CASE("a broker that comes back is noticed, and what waited for it is delivered") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    REQUIRE_FALSE(sender.fate_of(record("topic")).error.has_value());
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.up; }));

    cluster.go_down();
    REQUIRE(play.becomes([](const BrokerStatus& status) { return !status.up; }));
    const auto waiting = record("topic", 7);
    REQUIRE(sender.send({&waiting, 1}).taken == 1);
    cluster.come_up();
    REQUIRE(play.stage().run_until([&] { return sender.reports().size() == 2; }));
    CHECK_FALSE(sender.reports()[1].error.has_value());
    CHECK(sender.reports()[1].offset == 1);
    CHECK(play.becomes([](const BrokerStatus& status) { return status.up; }));
}

TEST_CASE("an error that passes costs neither a record nor the order") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    REQUIRE_FALSE(sender.fate_of(record("topic")).error.has_value());

    cluster.fail_next(Request::produce, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                         RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
    const auto fates = sender.deliver(std::vector<OutgoingRecord>(100, record("topic")));
    for (std::size_t i = 0; i < fates.size(); ++i) {
        REQUIRE_FALSE(fates[i].error.has_value());
        REQUIRE(fates[i].offset == static_cast<std::int64_t>(i) + 1);
    }
}

TEST_CASE("an error that stays is the record's, with its meaning") {
    MockCluster cluster;
    cluster.create("topic", 1);
    auto options = options_for(cluster.servers());
    options.producer["enable.idempotence"] = "false";
    Play play(options);
    Sender sender(play.stage());
    REQUIRE_FALSE(sender.fate_of(record("topic")).error.has_value());

    cluster.fail_next(Request::produce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    CHECK(sender.fate_of(record("topic")).error == Errc::not_authorized);
}

TEST_CASE("a producer that librdkafka declares unusable is replaced, and its records are failed") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    // Late enough that the record is there: one that comes later is the next producer's.
    cluster.fail_next(Request::init_producer_id, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED},
                      500ms);
    Sender sender(play.stage());
    CHECK(sender.fate_of(record("topic")).error == Errc::delivery_failed);

    const auto next = sender.fate_of(record("topic"));
    CHECK_FALSE(next.error.has_value());
    CHECK(next.offset == 0);
    CHECK(play.becomes([](const BrokerStatus& status) { return status.producers == 1; }));
}

TEST_CASE("producers above the limit share one handle, each with its own reports") {
    MockCluster cluster;
    cluster.create("topic", 1);
    auto options = options_for(cluster.servers());
    options.max_dedicated_producers = 1;
    Play play(options);
    {
        Sender dedicated(play.stage());
        Sender one(play.stage());
        Sender other(play.stage());
        Sender* const senders[] = {&dedicated, &one, &other};
        for (std::uint32_t token = 0; token < 300; ++token) {
            const auto each = record("topic", token);
            REQUIRE(senders[token % 3]->send({&each, 1}).taken == 1);
        }
        for (std::uint32_t i = 0; i < 3; ++i) {
            REQUIRE(play.stage().run_until([&] { return senders[i]->reports().size() == 100; }));
            std::int64_t last = -1;
            for (std::uint32_t k = 0; k < 100; ++k) {
                const auto& report = senders[i]->reports()[k];
                CHECK(report.token == 3 * k + i);
                CHECK(report.offset > last);
                last = report.offset;
            }
        }
        CHECK(play.broker().status().producers == 2);

        one.end();
        CHECK_FALSE(other.fate_of(record("topic", 7)).error.has_value());
        Sender late(play.stage());
        CHECK_FALSE(late.fate_of(record("topic", 8)).error.has_value());
        CHECK(play.broker().status().producers == 2);
    }
    CHECK(play.becomes([](const BrokerStatus& status) { return status.producers == 0; }));
}

TEST_CASE("more topics than a producer keeps open are sent to all the same") {
    MockCluster cluster;
    auto options = options_for(cluster.servers());
    options.max_topics_per_producer = 2;
    Play play(options);
    Sender sender(play.stage());
    std::vector<std::string> topics;
    for (int i = 0; i < 5; ++i) topics.push_back("topic-" + std::to_string(i));
    for (const auto& topic : topics) cluster.create(topic, 1);
    for (std::int64_t round = 0; round < 3; ++round) {
        for (const auto& topic : topics) CHECK(sender.fate_of(record(topic)).offset == round);
    }
}

TEST_CASE("members above the limit are refused, and there is room again when one has gone") {
    auto options = options_for(nowhere);
    options.max_group_members = 2;
    Play play(options);
    struct : gateway::Consumer::Events {
        void live(std::span<const gateway::Position>) override {}
        std::size_t records(std::span<const gateway::Record> records) override {
            return records.size();
        }
        void lost(const gateway::Lost&) override {}
        void revoked(std::span<const gateway::TopicPartition>) override {}
        void failed(const gateway::Error&) override {}
    } events;
    const auto open = [&] {
        return play.broker().open_consumer(play.stage().io().get_executor(),
                                           {.topics = {"topic"}, .group = "group"}, events);
    };
    {
        const auto one = open();
        const auto other = open();
        REQUIRE(one.has_value());
        REQUIRE(other.has_value());
        const auto refused = open();
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::limit_reached);
    }
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.consumers == 0; }));
    CHECK(open().has_value());
}

TEST_CASE("members that join at once do not wait for each other's answers from a broker far away") {
    MockCluster cluster;
    cluster.create("topic", 1);
    cluster.be_far(400ms);
    Play play(options_for(cluster.servers()));
    using Clock = std::chrono::steady_clock;

    auto begin = Clock::now();
    Member first(play.stage(), {"topic"}, "first");
    REQUIRE(play.stage().run_until([&] { return first.is_live(); }));
    const auto alone = Clock::now() - begin;

    begin = Clock::now();
    std::vector<std::unique_ptr<Member>> members;
    for (int i = 0; i < 30; ++i) {
        members.push_back(std::make_unique<Member>(play.stage(), std::vector<std::string>{"topic"},
                                                   "group-" + std::to_string(i)));
    }
    REQUIRE(play.stage().run_until([&] {
        return std::ranges::all_of(members, [](const auto& each) { return each->is_live(); });
    }));
    CHECK(Clock::now() - begin < 4 * alone);
    cluster.be_far(0ms);
}

TEST_CASE("a member of a pattern ends when it leads to more topics than a member may have") {
    MockCluster cluster;
    for (const char* name : {"one", "two"}) cluster.create(name, 1);
    auto options = options_for(cluster.servers());
    options.max_topics_per_member = 2;
    Play play(options);
    const gateway::Consumer::Options pattern{.group = "group",
                                             .follows = [](std::string_view) { return true; }};
    Member member(play.stage(), pattern);
    member.join();
    cluster.create("three", 1);
    REQUIRE(play.stage().run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::limit_reached);

    Member late(play.stage(), pattern);
    REQUIRE(play.stage().run_until([&] { return late.failure().has_value(); }));
    CHECK(late.failure()->code == Errc::limit_reached);
    CHECK_FALSE(late.is_live());
}

TEST_CASE("members that wait for the leader of their partitions hold up no other question") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    REQUIRE(play.becomes([](const BrokerStatus& status) { return status.up; }));
    constexpr std::size_t count = 4;  // As many as there are workers.
    cluster.slow_down_next(Request::list_offsets, count, 3s);
    std::vector<std::unique_ptr<Member>> members;
    for (std::size_t i = 0; i < count; ++i) {
        members.push_back(std::make_unique<Member>(play.stage(), std::vector<std::string>{"topic"},
                                                   "group-" + std::to_string(i)));
    }
    std::size_t questions = 0;
    while (!std::ranges::all_of(members, [](const auto& each) { return each->is_live(); })) {
        bool is_answered = false;
        play.broker().list_topics(play.stage().io().get_executor(), 1s, [&](const auto& answer) {
            CHECK(answer.has_value());
            is_answered = true;
        });
        REQUIRE(play.stage().run_until([&] { return is_answered; }));
        CHECK(play.broker().status().up);
        play.stage().io().restart();
        play.stage().io().run_for(20ms);
        ++questions;
    }
    CHECK(questions > 50);
}

TEST_CASE("members that wait for their groups' offsets hold up no reader") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    sender.count("topic", 0, 0, 10);
    constexpr std::size_t count = 4;  // As many as there are workers.
    cluster.slow_down_next(Request::offset_fetch, count, 1500ms);
    std::vector<std::unique_ptr<Member>> members;
    for (std::size_t i = 0; i < count; ++i) {
        members.push_back(std::make_unique<Member>(play.stage(), std::vector<std::string>{"topic"},
                                                   "group-" + std::to_string(i)));
    }
    const auto is_live = [](const auto& each) { return each->is_live(); };
    std::size_t readers = 0;
    while (std::ranges::none_of(members, is_live)) {
        Reader reader(play.stage());
        reader.add({{"topic", 0, 0}});
        const auto start = std::chrono::steady_clock::now();
        REQUIRE(play.stage().run_until([&] { return reader.taken().size() == 10; }));
        CHECK(std::chrono::steady_clock::now() - start < 1s);
        ++readers;
    }
    CHECK(readers > 1);
    CHECK(play.stage().run_until([&] { return std::ranges::all_of(members, is_live); }));
}

TEST_CASE("a member of a broker that went down is left within seconds, and holds up no stop") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Member member(play.stage(), {"topic"}, "group");
    member.join();
    cluster.go_down();
    REQUIRE(play.becomes([](const BrokerStatus& status) { return !status.up; }));
    const auto start = std::chrono::steady_clock::now();
    member.close();
    CHECK(std::chrono::steady_clock::now() - start < 6s);
    CHECK(play.stop(300ms) < 6s);
}

TEST_CASE("what a broker that is gone did not take has failed when stop returns, in its time") {
    MockCluster cluster;
    cluster.create("topic", 1);
    Play play(options_for(cluster.servers()));
    Sender sender(play.stage());
    REQUIRE_FALSE(sender.fate_of(record("topic")).error.has_value());
    cluster.go_down();
    const std::vector<OutgoingRecord> records(50, record("topic"));
    REQUIRE(sender.send(records).taken == records.size());

    CHECK(play.stop(300ms) < 8s);
    REQUIRE(sender.reports().size() == 51);
    for (std::size_t i = 1; i <= 50; ++i) CHECK(sender.reports()[i].error == Errc::delivery_failed);
    CHECK(sender.fate_of(record("topic")).error == Errc::draining);
}

TEST_CASE("a member of a broker that is gone is given up when stop's time is over") {
    Play play(options_for(nowhere));
    Member member(play.stage(), {"topic"}, "group");
    CHECK(play.stop(300ms) < 8s);
    CHECK(play.broker().status().consumers == 0);
}

}  // namespace
