#include "gateway/refusal.hpp"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

namespace gateway {

namespace {

/// A broker that says what it can do, and of which nothing else may be asked.
class Declared final : public Broker {
public:
    explicit Declared(Capabilities can) : can_(can) {}

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::string_view kind() const override { return "kind"; }
    [[nodiscard]] Capabilities capabilities() const override { return can_; }
    void start() override { std::abort(); }
    void stop(Timeout) override { std::abort(); }
    std::unique_ptr<Producer> open_producer(Executor, Producer::Events&) override { std::abort(); }
    Result<std::unique_ptr<Consumer>> open_consumer(Executor, Consumer::Options,
                                                    Consumer::Events&) override {
        std::abort();
    }
    void create_topics(Executor, std::vector<TopicSpec>, Timeout, OnCreated) override {
        std::abort();
    }
    void list_topics(Executor, Timeout, OnListed) override { std::abort(); }
    void locate(Executor, std::vector<std::string>, Start, Timeout, OnLocated) override {
        std::abort();
    }
    Result<std::unique_ptr<PartitionReader>> open_reader(Executor,
                                                         PartitionReader::Events&) override {
        std::abort();
    }
    [[nodiscard]] BrokerStatus status() const override { std::abort(); }

private:
    std::string name_ = "the broker's name";
    Capabilities can_;
};

const Declared log({});
const Declared queues({.positions = false,
                       .partitions = false,
                       .topic_settings = false,
                       .patterns = false,
                       .exchanges = true});

TopicSpec spec() {
    return {
        .topic = "topic", .partitions = std::nullopt, .replication = std::nullopt, .config = {}};
}

void expect_refusal(const std::optional<Error>& error, const std::string& what) {
    REQUIRE(error.has_value());
    CHECK(error->code == Errc::not_supported);
    CHECK(error->message.find("the broker's name") != std::string::npos);
    CHECK(error->message.find(what) != std::string::npos);
}

TEST_CASE("a log is refused nothing") {
    const Start start = FromLast{3};
    CHECK_FALSE(refusal(log, {.start = start, .snapshot = true, .patterns = true}).has_value());
    auto topic = spec();
    topic.partitions = 3;
    topic.replication = static_cast<std::int16_t>(3);
    topic.config = {{"cleanup.policy", "compact"}};
    CHECK_FALSE(refusal(log, topic).has_value());
}

TEST_CASE("without positions a subscription can only begin at the end, and without a snapshot") {
    for (const Start& start :
         {Start(FromEarliest{}), Start(FromTime{5}), Start(FromLast{3}), Start(Cursor{})}) {
        expect_refusal(refusal(queues, {.start = start}), "positions");
    }
    const Start latest = FromLatest{};
    CHECK_FALSE(refusal(queues, {.start = latest}).has_value());
    expect_refusal(refusal(queues, {.start = latest, .snapshot = true}), "snapshots");
}

TEST_CASE("without patterns none can be followed") {
    const Start latest = FromLatest{};
    expect_refusal(refusal(queues, {.start = latest, .patterns = true}), "patterns");
}

TEST_CASE("without partitions and settings a topic has one, and none") {
    CHECK_FALSE(refusal(queues, spec()).has_value());
    auto one = spec();
    one.partitions = 1;
    CHECK_FALSE(refusal(queues, one).has_value());
    auto several = spec();
    several.partitions = 2;
    expect_refusal(refusal(queues, several), "partitions");
    auto replicated = spec();
    replicated.replication = static_cast<std::int16_t>(1);
    expect_refusal(refusal(queues, replicated), "settings");
    auto configured = spec();
    configured.config = {{"retention.ms", "1"}};
    expect_refusal(refusal(queues, configured), "settings");
}

}  // namespace

}  // namespace gateway
