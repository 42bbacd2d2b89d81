#include "memory/broker.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <doctest/doctest.h>

#include "broker/contract.hpp"
#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

std::unique_ptr<Broker> make_broker(const Setup& setup) {
    return std::make_unique<memory::Broker>(
        memory::Options{.auto_create = false, .max_queue_bytes = setup.max_queue_bytes});
}

std::map<std::string, std::string> eager_compaction() {
    return {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0.01"}};
}

std::chrono::milliseconds patience() { return std::chrono::seconds(10); }

}  // namespace gateway::contract

namespace gateway::memory {

namespace {

using contract::Member;
using contract::Reader;
using contract::Sender;
using contract::Stage;

/// A broker that runs while it exists, and the io_context of its stages, which must end before.
class Running {
public:
    explicit Running(const Options& options) : broker_(options) { broker_.start(); }
    ~Running() { broker_.stop(contract::patience()); }

    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    [[nodiscard]] Broker& broker() { return broker_; }
    [[nodiscard]] asio::io_context& io() { return io_; }

private:
    asio::io_context io_;
    Broker broker_;
};

TEST_CASE("settings that cannot work stop the start") {
    CHECK_THROWS_AS(Broker({.partitions = 0}).start(), std::runtime_error);
    CHECK_THROWS_AS(Broker({.partitions = 101}).start(), std::runtime_error);
    CHECK_THROWS_AS(Broker({.max_bytes = 1000}).start(), std::runtime_error);
}

TEST_CASE("a broker that does not run says so") {
    Broker broker({});
    CHECK_FALSE(broker.status().up);
    CHECK_FALSE(broker.status().reason.empty());
    broker.start();
    CHECK(broker.status().up);
    broker.stop(std::chrono::seconds(10));
    CHECK_FALSE(broker.status().up);
}

TEST_CASE("a subscription creates its topics where that is allowed") {
    Running running({.partitions = 2});
    Stage stage(running.broker(), running.io());
    Member member(stage, {"b", "a"}, "group");
    member.join();
    CHECK(stage.list() == std::vector<TopicPartition>{{"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}});

    Member stray(stage, {"no name"}, "group");
    REQUIRE(stage.run_until([&] { return stray.failure().has_value(); }));
    CHECK(stray.failure()->code == Errc::invalid_topic);
}

/// What came, records and losses together, is every offset from 0 to `end`, once and in order.
void check_told(const std::vector<contract::Received>& taken, const std::vector<Lost>& losses,
                std::int64_t end) {
    CHECK_FALSE(losses.empty());
    std::map<std::int64_t, std::int64_t> skipped;
    for (const auto& lost : losses) {
        CHECK(lost.latest == end);
        skipped[lost.wanted] = lost.next;
    }
    std::int64_t next = 0;
    for (const auto& record : taken) {
        if (const auto lost = skipped.find(next); lost != skipped.end()) next = lost->second;
        REQUIRE(record.offset == next++);
        REQUIRE(record.value == std::to_string(record.offset));
    }
    CHECK(next == end);
}

/// Sends 50,000 records, of which a broker of 256 KiB keeps the last.
void overtake(Sender& sender) {
    for (int first = 0; first < 50'000; first += 1000) {
        sender.count("topic", 0, first, first + 1000);
    }
}

TEST_CASE("a consumer that fell behind what is kept is told what it lost, and goes on behind it") {
    Running running({.max_bytes = 256 << 10, .max_record_bytes = 1000});
    Stage stage(running.broker(), running.io());
    Sender sender(stage);
    Member member(stage, {"topic"}, "group");
    member.join();
    member.allow(0);
    overtake(sender);
    member.allow(Member::unlimited);
    member.resume();
    REQUIRE(stage.run_until(
        [&] { return !member.taken().empty() && member.taken().back().offset == 49'999; }));
    check_told(member.taken(), member.losses(), 50'000);
}

TEST_CASE("a reader that fell behind what is kept is told what it lost, and goes on behind it") {
    Running running({.max_bytes = 256 << 10, .max_record_bytes = 1000});
    Stage stage(running.broker(), running.io());
    Sender sender(stage);
    sender.count("topic", 0, 0, 1);
    Reader reader(stage);
    reader.allow(0);
    reader.add({{"topic", 0, 0}});
    REQUIRE(stage.run_until([&] { return reader.calls() > 0; }));
    for (int first = 1; first < 50'000; first += 1000) {
        sender.count("topic", 0, first, std::min(first + 1000, 50'000));
    }
    reader.allow(Reader::unlimited);
    reader.resume();
    REQUIRE(stage.run_until([&] { return reader.is_at_end({"topic", 0, 50'000}); }));
    check_told(reader.taken(), reader.losses(), 50'000);
}

TEST_CASE("to locate a topic creates it where that is allowed") {
    Running running({.partitions = 2});
    Stage stage(running.broker(), running.io());
    const auto located = stage.locate({"b", "a"}, FromLatest{});
    REQUIRE(located.has_value());
    CHECK(located->size() == 4);
    CHECK(stage.list() == std::vector<TopicPartition>{{"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}});
    const auto illegal = stage.locate({"no name"}, FromLatest{});
    REQUIRE_FALSE(illegal.has_value());
    CHECK(illegal.error().code == Errc::invalid_topic);
}

TEST_CASE("a member that could not join has decided nothing for its group") {
    Running running({.partitions = 2});
    Stage stage(running.broker(), running.io());
    Sender sender(stage);
    sender.count("topic", 0, 0, 10);
    sender.count("topic", 1, 0, 10);
    Member refused(stage, {.topics = {"topic"},
                           .group = "group",
                           .start = Cursor{{"topic", 0, 10}, {"topic", 1, 11}}});
    REQUIRE(stage.run_until([&] { return refused.failure().has_value(); }));
    Member member(
        stage,
        {.topics = {"topic"}, .group = "group", .start = Cursor{{"topic", 0, 5}, {"topic", 1, 6}}});
    member.join();
    CHECK(member.starts() == std::vector<Position>{{"topic", 0, 5}, {"topic", 1, 6}});
}

TEST_CASE("a topic that a send creates joins in from its first record") {
    Running running({});
    Stage stage(running.broker(), running.io());
    Member member(stage, {.topics = {}, .group = "group", .follows = [](std::string_view name) {
                              return name.starts_with("new");
                          }});
    member.join();
    Sender sender(stage);
    sender.count("new", 0, 0, 10);
    sender.count("old", 0, 0, 10);
    sender.count("newer", 0, 0, 10);
    REQUIRE(stage.run_until([&] { return member.taken().size() == 20; }));
    CHECK(member.offsets({"new", 0}) == contract::range(0, 10));
    CHECK(member.offsets({"newer", 0}) == contract::range(0, 10));
}

TEST_CASE("a member that would follow more than groups may remember fails, and the others stay") {
    Running running({.max_positions = 2});
    Stage stage(running.broker(), running.io());
    const auto all = [](std::string_view) { return true; };
    Member stays(stage, {"topic"}, "one");
    Member follows(stage, {.topics = {}, .group = "other", .follows = all});
    stays.join();
    follows.join();
    CHECK(follows.starts().size() == 1);

    Sender sender(stage);
    sender.count("late", 0, 0, 1);
    REQUIRE(stage.run_until([&] { return follows.failure().has_value(); }));
    CHECK(follows.failure()->code == Errc::limit_reached);
    CHECK(running.broker().status().consumers == 1);
    sender.count("topic", 0, 0, 10);
    REQUIRE(stage.run_until([&] { return stays.taken().size() == 10; }));
}

TEST_CASE("groups that nobody is in are forgotten for new ones, the longest idle first") {
    Running running({.max_positions = 2});
    Stage stage(running.broker(), running.io());
    Sender sender(stage);
    for (const auto* group : {"first", "second", "third"}) {
        Member member(stage, {"topic"}, group);
        member.join();
        member.close();
    }
    sender.count("topic", 0, 0, 10);

    Member second(stage, {"topic"}, "second");
    REQUIRE(stage.run_until([&] { return second.taken().size() == 10; }));
    Member first(stage, {"topic"}, "first");
    first.join();
    sender.count("topic", 0, 10, 11);
    REQUIRE(stage.run_until([&] { return !first.taken().empty(); }));
    CHECK(first.offsets({"topic", 0}) == contract::range(10, 11));

    Member one_too_many(stage, {"topic"}, "fourth");
    REQUIRE(stage.run_until([&] { return one_too_many.failure().has_value(); }));
    CHECK(one_too_many.failure()->code == Errc::limit_reached);
}

/// A consumer that is destroyed in the middle of one of its own events.
class Vanishing final : public gateway::Consumer::Events {
public:
    void live(std::span<const Position> /*starts*/) override { is_live = true; }
    std::size_t records(std::span<const Record> records) override {
        consumer.reset();
        ++calls;
        return records.size() / 2;
    }
    void lost(const Lost& /*lost*/) override {}
    void revoked(std::span<const TopicPartition> /*partitions*/) override {}
    void failed(const Error& /*error*/) override {}

    bool is_live = false;
    int calls = 0;
    std::unique_ptr<gateway::Consumer> consumer;
};

TEST_CASE("a consumer may be destroyed from within its own event") {
    Running running({});
    Stage stage(running.broker(), running.io());
    Sender sender(stage);
    Vanishing vanishing;
    auto opened = running.broker().open_consumer(
        stage.io().get_executor(), {.topics = {"topic"}, .group = "group", .headers = false},
        vanishing);
    REQUIRE(opened.has_value());
    vanishing.consumer = std::move(*opened);
    REQUIRE(stage.run_until([&] { return vanishing.is_live; }));

    sender.count("topic", 0, 0, 5000);
    REQUIRE(stage.run_until([&] { return running.broker().status().consumers == 0; }));
    CHECK(vanishing.calls == 1);
}

}  // namespace

}  // namespace gateway::memory
