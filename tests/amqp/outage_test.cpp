#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "amqp/field.hpp"
#include "amqp/node.hpp"
#include "amqp/node_field.hpp"
#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"

/// A broker that goes away, comes back, and is full.
namespace gateway::amqp {

namespace {

using namespace std::chrono_literals;

using contract::Member;
using contract::Reader;
using contract::Sender;
using contract::Stage;
using testing::Field;
using testing::Node;
using testing::NodeField;

/// Sends numbers as values, one call for each hundred, as far as there is room.
class Flood {
public:
    Flood(Stage& stage, std::string topic) : sender_(stage), topic_(std::move(topic)) {}

    /// Sends up to number `last`, or until the queue is full.
    void send(std::uint32_t last) {
        while (next_ < last && sender_.rooms() == refusals_) {
            std::vector<std::string> values;
            std::vector<OutgoingRecord> records;
            const std::uint32_t end = std::min(next_ + 100, last);
            for (std::uint32_t i = next_; i < end; ++i) values.push_back(std::to_string(i));
            for (std::uint32_t i = next_; i < end; ++i) {
                records.push_back({.topic = topic_, .value = values[i - next_], .token = i});
            }
            const auto sent = sender_.send(records);
            next_ += static_cast<std::uint32_t>(sent.taken);
            if (!sent.error) continue;
            REQUIRE(sent.error->code == Errc::queue_full);
            ++refusals_;
        }
    }

    [[nodiscard]] std::uint32_t next() const { return next_; }
    [[nodiscard]] std::size_t refusals() const { return refusals_; }
    [[nodiscard]] const Sender& sender() const { return sender_; }

    /// What was confirmed.
    [[nodiscard]] std::set<std::int64_t> confirmed() const {
        std::set<std::int64_t> all;
        for (const auto& fate : sender_.reports()) {
            if (!fate.error) all.insert(fate.token);
        }
        return all;
    }

private:
    Sender sender_;
    std::string topic_;
    std::uint32_t next_ = 0;
    std::size_t refusals_ = 0;
};

/// How many different values a member has taken. Looks at each record once, however often it is
/// asked: a wait asks after every batch.
class Tally {
public:
    explicit Tally(const Member& member) : member_(member) {}

    [[nodiscard]] std::size_t distinct() {
        const auto& taken = member_.taken();
        for (; seen_ < taken.size(); ++seen_) values_.insert(taken[seen_].value.value());
        return values_.size();
    }

private:
    const Member& member_;
    std::size_t seen_ = 0;
    std::set<std::string> values_;
};

/// Sends 20,000 records while `outage` happens, and expects all confirmed, and taken.
template <typename Outage>
void survive(Outage outage) {
    constexpr std::uint32_t count = 20'000;
    Options options = Node().options();
    options.prefetch = 500;
    Field field(options);
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.commit_as_taken();
    member.join();
    Tally tally(member);
    Flood flood(stage, topic);
    flood.send(count / 4);
    REQUIRE(stage.run_until([&] { return !flood.sender().reports().empty(); }));
    std::thread thread(outage);
    const bool is_whole = stage.run_until([&] {
        flood.send(count);
        return flood.sender().reports().size() == count && tally.distinct() == count;
    });
    thread.join();
    CAPTURE(flood.sender().reports().size());
    CAPTURE(tally.distinct());
    REQUIRE(is_whole);
    CHECK(flood.confirmed().size() == count);
    CHECK_FALSE(member.failure().has_value());
    CHECK(field.until_up(true));
}

TEST_CASE("no confirmed record is lost, and none unconfirmed, where the broker is killed") {
    survive([] { Node().restart(); });
}

TEST_CASE("no record is lost where the broker closes every connection") {
    survive([] { Node().control("close_all_connections 'by a test'"); });
}

TEST_CASE_FIXTURE(NodeField,
                  "a member that lost its connection goes on with what it had not committed") {
    const auto topic = stage.topic();
    Sender sender(stage);
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    member.allow(6);
    sender.count(topic, 0, 0, 10);
    member.wait_for(6);
    member.commit({{topic, 0, 4}});
    sender.count(topic, 0, 10, 11);
    // Takes much longer than the commit, which a broker that is killed may forget.
    node.control("close_all_connections 'by a test'");
    REQUIRE(field.until_up(true));
    member.allow(Member::unlimited);
    member.resume();
    const auto came = [&](std::int64_t number) {
        return std::ranges::count(member.numbers(topic), number);
    };
    Tally tally(member);
    REQUIRE(stage.run_until([&] { return tally.distinct() == 11 && came(5) == 2; }));
    CHECK(came(3) == 1);
    const auto offsets = member.offsets({topic, 0});
    CHECK(offsets == contract::range(0, static_cast<std::int64_t>(offsets.size())));

    // Only what came after the loss can be committed now.
    member.commit({{topic, 0, offsets.back() + 1}});
    sender.count(topic, 0, 11, 12);
    REQUIRE(stage.run_until([&] { return tally.distinct() == 12; }));
    CHECK_FALSE(member.failure().has_value());
}

TEST_CASE_FIXTURE(NodeField, "a reader is told that it may have lost something, and goes on") {
    const auto topic = stage.topic();
    Sender sender(stage);
    const auto located = stage.locate({topic}, FromLatest{});
    REQUIRE(located.has_value());
    const std::int64_t first = located->at(0).start;
    Reader reader(stage);
    reader.add({{topic, 0, first}});
    sender.count(topic, 0, 0, 10);
    reader.wait_for(10);
    node.restart();
    REQUIRE(stage.run_until([&] { return !reader.losses().empty(); }));
    CHECK(reader.losses()[0].wanted == first + 10);
    CHECK(reader.losses()[0].earliest == first + 11);
    sender.count(topic, 0, 10, 20);
    reader.wait_for(20);
    CHECK(reader.offsets({topic, 0}).back() == first + 20);
    CHECK(reader.ended().empty());
}

TEST_CASE("while the broker is away requests fail at once with the reason, and work after it") {
    const Node node;
    Options options = node.options();
    options.delivery_timeout = 2s;
    Field field(options);
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Sender sender(stage);
    // A broker that has just begun is slow, and its connections come back one by one.
    const auto arrives = [&] {
        return !sender.fate_of({.topic = topic, .value = "1"}).error.has_value();
    };
    const auto joins = [&] {
        Member member(stage, {topic}, Stage::fresh("group"));
        REQUIRE(stage.run_until([&] { return member.is_live() || member.failure().has_value(); }));
        return member.is_live();
    };
    REQUIRE(stage.run_until(arrives));
    node.kill();
    REQUIRE(field.until_up(false));
    CHECK_FALSE(field.broker().status().reason.empty());
    {
        Member member(stage, {topic}, Stage::fresh("group"));
        REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
        CHECK(member.failure()->code == Errc::broker_unavailable);
    }
    CHECK(sender.fate_of({.topic = topic, .value = "late"}).error == Errc::delivery_failed);
    node.start();
    REQUIRE(field.until_up(true));
    REQUIRE(stage.run_until(arrives));
    REQUIRE(stage.run_until(joins));
    CHECK(field.broker().status().reason.empty());
}

TEST_CASE_FIXTURE(NodeField,
                  "records that are sent while the broker is away arrive when it is back") {
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    Sender sender(stage);
    sender.count(topic, 0, 0, 1);
    node.kill();
    REQUIRE(field.until_up(false));
    const std::vector<OutgoingRecord> records(10, {.topic = topic, .value = "1"});
    REQUIRE(sender.send(records).taken == records.size());
    node.start();
    REQUIRE(stage.run_until([&] { return sender.reports().size() == 11; }));
    for (const auto& report : sender.reports()) CHECK_FALSE(report.error.has_value());
    REQUIRE(stage.run_until([&] { return member.taken().size() >= 11; }));
}

TEST_CASE("a broker that is short of memory stops senders, and loses nothing of theirs") {
    const Node node;
    Options options = node.options();
    options.max_unconfirmed_bytes = 1 << 20;
    Field field(options);
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.commit_as_taken();
    member.join();
    Tally tally(member);
    Flood flood(stage, topic);
    flood.send(1000);
    member.wait_for(1000);

    node.set_alarm();
    constexpr std::uint32_t count = 100'000;
    REQUIRE(stage.run_until([&] {
        flood.send(count);
        return flood.refusals() > flood.sender().rooms();
    }));
    const auto full_at = flood.next();
    CHECK(full_at < count);
    // More than two heartbeats: the connection is kept.
    const auto later = std::chrono::steady_clock::now() + 3s;
    REQUIRE(stage.run_until([&] {
        flood.send(count);
        return std::chrono::steady_clock::now() > later;
    }));
    CHECK(flood.next() == full_at);
    CHECK(field.broker().status().up);
    // What publishes nothing goes on.
    CHECK_FALSE(stage.topic().empty());
    Member other(stage, {topic}, Stage::fresh("group"));
    other.join();

    node.clear_alarm();
    REQUIRE(stage.run_until([&] {
        flood.send(count);
        return flood.sender().reports().size() == count && tally.distinct() == count;
    }));
    CHECK(flood.confirmed().size() == count);
}

TEST_CASE("records as large as may be wait for memory, too, and nobody waits to stop for it") {
    const Node node;
    Options options = node.options();
    options.max_unconfirmed_bytes = 64 << 20;
    Field field(options);
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Sender sender(stage);
    sender.count(topic, 0, 0, 1);
    const std::string large(900'000, 'x');
    const std::vector<OutgoingRecord> records(20, {.topic = topic, .value = large});
    node.set_alarm();
    REQUIRE(sender.send(records).taken == records.size());
    SUBCASE("until it is there") {
        node.clear_alarm();
        REQUIRE(stage.run_until([&] { return sender.reports().size() == 21; }));
        for (const auto& report : sender.reports()) CHECK_FALSE(report.error.has_value());
    }
    SUBCASE("until the broker object is stopped") {
        const auto begin = std::chrono::steady_clock::now();
        field.stop(1s);
        CHECK(std::chrono::steady_clock::now() - begin < 4s);
        node.clear_alarm();
    }
}

}  // namespace

}  // namespace gateway::amqp
