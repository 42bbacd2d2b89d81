#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "amqp/field.hpp"
#include "amqp/node.hpp"
#include "amqp/node_field.hpp"
#include "amqp/stranger.hpp"
#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"

/// Exchanges and queues that others have made, changed or taken away.
namespace gateway::amqp {

namespace {

using contract::Member;
using contract::range;
using contract::Reader;
using contract::Sender;
using contract::Stage;
using testing::Field;
using testing::Node;
using testing::NodeField;
using testing::Stranger;

OutgoingRecord to_queue(std::string_view queue, std::string_view value = "1") {
    return {.topic = queue, .value = value, .destination = Destination::queue};
}

TEST_CASE_FIXTURE(
    NodeField, "a queue that was declared otherwise elsewhere is told, and nothing else suffers") {
    const auto topic = stage.topic();
    const auto queue = Stage::fresh("queue");
    const Stranger stranger(node.options());
    stranger.declare_queue(queue, {.durable = false});
    Sender sender(stage);
    Member member(stage, {.topics = {queue}, .group = "any", .queue = true});
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::invalid_topic_config);
    CHECK(member.failure()->message.find("PRECONDITION_FAILED") != std::string::npos);
    CHECK(member.failure()->message.find(queue) != std::string::npos);
    CHECK(sender.fate_of(to_queue(queue)).error == Errc::invalid_topic_config);
    CHECK_FALSE(sender.fate_of({.topic = topic, .value = "v"}).error.has_value());
    CHECK(field.broker().status().up);
}

TEST_CASE_FIXTURE(NodeField, "a queue that is another connection's own is not_authorized") {
    const auto queue = Stage::fresh("queue");
    const Stranger stranger(node.options());
    stranger.declare_queue(queue, {.durable = true, .exclusive = true});
    Member member(stage, {.topics = {queue}, .group = "any", .queue = true});
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::not_authorized);
}

TEST_CASE_FIXTURE(NodeField, "a topic whose name is another kind of exchange cannot be created") {
    const auto topic = Stage::fresh("topic");
    const Stranger stranger(node.options());
    stranger.declare_exchange(topic, "direct");
    const auto errors = stage.create(
        {{.topic = topic, .partitions = std::nullopt, .replication = std::nullopt, .config = {}}});
    REQUIRE(errors.at(0).has_value());
    CHECK(errors.at(0)->code == Errc::invalid_topic_config);
    CHECK_FALSE(stage.topic().empty());
}

TEST_CASE_FIXTURE(NodeField, "exchanges of others take records by routing key") {
    const auto exchange = Stage::fresh("exchange");
    const auto queue = Stage::fresh("queue");
    const Stranger stranger(node.options());
    stranger.declare_exchange(exchange, "direct");
    stranger.declare_queue(queue, {.durable = true});
    stranger.bind(queue, exchange, "yes");
    Sender sender(stage);
    Member member(stage, {.topics = {queue}, .group = "any", .queue = true});
    member.join();
    for (const auto* key : {"no", "yes"}) {
        const auto fate = sender.fate_of({.topic = exchange,
                                          .value = key,
                                          .destination = Destination::exchange,
                                          .routing_key = key});
        CHECK_FALSE(fate.error.has_value());
    }
    REQUIRE(stage.run_until([&] { return !member.taken().empty(); }));
    CHECK(member.taken()[0].value == "yes");
}

TEST_CASE_FIXTURE(
    NodeField,
    "a queue that was deleted refuses the record that finds out, and is made for the next") {
    const auto queue = Stage::fresh("queue");
    Sender sender(stage);
    REQUIRE_FALSE(sender.fate_of(to_queue(queue)).error.has_value());
    const Stranger stranger(node.options());
    stranger.delete_queue(queue);
    CHECK(sender.fate_of(to_queue(queue)).error == Errc::topic_not_found);
    CHECK_FALSE(sender.fate_of(to_queue(queue, "7")).error.has_value());
    Member member(stage, {.topics = {queue}, .group = "any", .queue = true});
    REQUIRE(stage.run_until([&] { return !member.taken().empty(); }));
    CHECK(member.numbers(queue) == range(7, 8));
}

TEST_CASE_FIXTURE(NodeField, "of several records only those to the deleted queue come back") {
    const auto gone = Stage::fresh("queue");
    const auto kept = Stage::fresh("queue");
    Sender sender(stage);
    sender.deliver({to_queue(gone), to_queue(kept)});
    const Stranger stranger(node.options());
    stranger.delete_queue(gone);
    const auto fates = sender.deliver({to_queue(kept), to_queue(gone), to_queue(kept)});
    CHECK_FALSE(fates[0].error.has_value());
    CHECK(fates[1].error == Errc::topic_not_found);
    CHECK_FALSE(fates[2].error.has_value());
}

TEST_CASE_FIXTURE(NodeField, "a topic that was deleted refuses what is sent to it, and only that") {
    const auto gone = stage.topic();
    const auto kept = stage.topic();
    Sender sender(stage);
    Member member(stage, {kept}, Stage::fresh("group"));
    member.join();
    sender.count(gone, 0, 0, 1);
    sender.count(kept, 0, 0, 1);
    const Stranger stranger(node.options());
    stranger.delete_exchange(gone);
    std::vector<OutgoingRecord> records;
    for (int i = 0; i < 200; ++i)
        records.push_back({.topic = i % 2 == 0 ? gone : kept, .value = "5"});
    const auto fates = sender.deliver(records);
    for (std::size_t i = 0; i < fates.size(); ++i) {
        CHECK(fates[i].error == (i % 2 == 0 ? std::optional(Errc::topic_not_found) : std::nullopt));
    }
    REQUIRE(stage.run_until([&] { return member.taken().size() >= 101; }));
    const auto all = stage.list();
    CHECK(std::ranges::none_of(all, [&](const auto& each) { return each.topic == gone; }));
}

TEST_CASE_FIXTURE(NodeField, "a member whose queue is deleted goes on with a new one") {
    const auto topic = stage.topic();
    const auto group = Stage::fresh("group");
    Sender sender(stage);
    Member member(stage, {topic}, group);
    member.join();
    sender.count(topic, 0, 0, 10);
    member.wait_for(10);
    const Stranger stranger(node.options());
    stranger.delete_queue(topic + ":" + group);
    REQUIRE(stage.run_until([&] {
        sender.count(topic, 0, 10, 11);
        return member.taken().size() > 10;
    }));
    CHECK_FALSE(member.failure().has_value());
}

TEST_CASE_FIXTURE(NodeField, "a member whose queue and topic are deleted has failed") {
    const auto topic = stage.topic();
    const auto group = Stage::fresh("group");
    Member member(stage, {topic}, group);
    member.join();
    const Stranger stranger(node.options());
    stranger.delete_exchange(topic);
    stranger.delete_queue(topic + ":" + group);
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::topic_not_found);
}

TEST_CASE_FIXTURE(NodeField, "what others send is read with what it has") {
    const auto topic = stage.topic();
    Member member(stage, {topic}, Stage::fresh("group"));
    member.join();
    const Stranger stranger(node.options());
    stranger.publish(topic, "from a stranger");
    REQUIRE(stage.run_until([&] { return !member.taken().empty(); }));
    CHECK(member.taken()[0].value == "from a stranger");
    CHECK(member.taken()[0].timestamp == -1);
    CHECK(member.taken()[0].headers.empty());
}

TEST_CASE("a topic comes into being where sends and subscriptions may make it") {
    const Node node;
    Options options = node.options();
    options.auto_create = true;
    Field field(options);
    auto& stage = field.stage();
    const auto sent = Stage::fresh("topic");
    const auto joined = Stage::fresh("topic");
    const auto located = Stage::fresh("topic");
    Sender sender(stage);
    CHECK_FALSE(sender.fate_of({.topic = sent, .value = "v"}).error.has_value());
    Member member(stage, {joined}, Stage::fresh("group"));
    member.join();
    CHECK(stage.locate({located}, FromLatest{}).has_value());
    const auto all = stage.list();
    for (const auto& topic : {sent, joined, located}) {
        CHECK(std::ranges::count(all, TopicPartition{topic, 0}) == 1);
    }
}

TEST_CASE("no more comes than the prefetch allows until it is committed") {
    const Node node;
    Options options = node.options();
    options.prefetch = 10;
    Field field(options);
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Sender sender(stage);
    Member slow(stage, {topic}, Stage::fresh("group"));
    Member witness(stage, {topic}, Stage::fresh("group"));
    witness.commit_as_taken();
    slow.join();
    witness.join();
    sender.count(topic, 0, 0, 100);
    witness.wait_for(100);
    slow.wait_for(10);
    slow.commit({{topic, 0, 4}});
    sender.count(topic, 0, 100, 101);
    witness.wait_for(101);
    slow.wait_for(14);
    slow.commit_as_taken();
    slow.commit({{topic, 0, 14}});
    slow.wait_for(101);
    CHECK(slow.numbers(topic) == range(0, 101));
}

TEST_CASE("consumers are refused above their limit") {
    const Node node;
    Options options = node.options();
    options.max_consumers = 1;
    Field field(options);
    auto& stage = field.stage();
    const auto topic = stage.topic();
    Member first(stage, {topic}, "group");
    first.join();
    class Silent final : public gateway::Consumer::Events {
        void live(std::span<const Position>) override {}
        std::size_t records(std::span<const Record> records) override { return records.size(); }
        void lost(const Lost&) override {}
        void revoked(std::span<const TopicPartition>) override {}
        void failed(const Error&) override {}
    } silent;
    const auto refused = field.broker().open_consumer(
        stage.io().get_executor(), {.topics = {topic}, .group = "group"}, silent);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::limit_reached);
}

}  // namespace

}  // namespace gateway::amqp
