#include "kafka/properties.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using gateway::kafka::Conf;
using gateway::kafka::Options;
using gateway::kafka::Properties;

namespace {

Options options() {
    Options options;
    options.common["bootstrap.servers"] = "127.0.0.1:9092";
    return options;
}

std::string value_of(const Conf& conf, const char* name) {
    std::array<char, 512> value{};
    std::size_t size = value.size();
    REQUIRE(rd_kafka_conf_get(conf.get(), name, value.data(), &size) == RD_KAFKA_CONF_OK);
    return value.data();
}

std::string complaint_about(const Options& options) {
    try {
        const Properties properties(options);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

TEST_CASE("a property for producers goes over a common one, and that over our default") {
    auto all = options();
    CHECK(value_of(Properties(all).producer(), "linger.ms") == "5");
    all.common["linger.ms"] = "7";
    CHECK(value_of(Properties(all).producer(), "linger.ms") == "7");
    all.producer["linger.ms"] = "9";
    CHECK(value_of(Properties(all).producer(), "linger.ms") == "9");
}

TEST_CASE("properties for consumers do not reach producers, nor the other way round") {
    auto all = options();
    all.consumer["client.id"] = "reader";
    all.producer["client.id"] = "writer";
    const Properties properties(all);
    CHECK(value_of(properties.consumer("group"), "client.id") == "reader");
    CHECK(value_of(properties.producer(), "client.id") == "writer");
    CHECK(value_of(properties.control(), "client.id") == "kafka-ws");
}

TEST_CASE("an alias of librdkafka's goes over our default like the name itself") {
    auto all = options();
    all.producer["queue.buffering.max.ms"] = "50";
    CHECK(value_of(Properties(all).producer(), "linger.ms") == "50");
}

TEST_CASE("records leave at once where nothing is to be gathered, unless the user said otherwise") {
    auto all = options();
    all.immediate = true;
    CHECK(value_of(Properties(all).producer(), "linger.ms") == "0");
    CHECK(value_of(Properties(all).producer(), "max.in.flight.requests.per.connection") == "1");
    all.producer["linger.ms"] = "3";
    CHECK(value_of(Properties(all).producer(), "linger.ms") == "3");
}

TEST_CASE("sends are idempotent unless fewer acks are asked for") {
    auto all = options();
    CHECK(value_of(Properties(all).producer(), "enable.idempotence") == "true");
    all.producer["acks"] = "1";
    CHECK(value_of(Properties(all).producer(), "enable.idempotence") == "false");
}

TEST_CASE("an unknown property is named as the user wrote it, with librdkafka's reason") {
    auto common = options();
    common.common["bootstrap.server"] = "127.0.0.1:9092";
    CHECK(complaint_about(common).starts_with("kafka.bootstrap.server: No such configuration"));
    auto producer = options();
    producer.producer["lingr.ms"] = "5";
    CHECK(complaint_about(producer).starts_with("kafka.producer.lingr.ms: No such"));
    auto consumer = options();
    consumer.consumer["fetch.min.byte"] = "5";
    CHECK(complaint_about(consumer).starts_with("kafka.consumer.fetch.min.byte: No such"));
}

TEST_CASE("a bad value is named with the values that are allowed") {
    auto all = options();
    all.producer["linger.ms"] = "-1";
    const auto complaint = complaint_about(all);
    CHECK(complaint.starts_with("kafka.producer.linger.ms: "));
    CHECK(complaint.find("range") != std::string::npos);
}

TEST_CASE("what the gateway's promises rest on cannot be set") {
    for (const char* name : {"enable.auto.commit", "enable.auto.offset.store", "group.id",
                             "group.instance.id", "transactional.id"}) {
        CAPTURE(name);
        auto all = options();
        all.consumer[name] = "false";
        CHECK(complaint_about(all).find(std::string("kafka.consumer.") + name) == 0);
    }
}

TEST_CASE(
    "librdkafka only tells that a place is gone: what follows is the user's choice, and ours") {
    using gateway::kafka::OffsetReset;
    auto all = options();
    CHECK(Properties(all).offset_reset() == OffsetReset::earliest);
    CHECK(value_of(Properties(all).consumer("group"), "auto.offset.reset") == "error");
    CHECK(value_of(Properties(all).reader(), "auto.offset.reset") == "error");
    for (const char* value : {"latest", "largest", "end"}) {
        all.consumer["auto.offset.reset"] = value;
        CHECK(Properties(all).offset_reset() == OffsetReset::latest);
    }
    all.consumer["auto.offset.reset"] = "error";
    CHECK(Properties(all).offset_reset() == OffsetReset::error);
    CHECK(value_of(Properties(all).consumer("group"), "auto.offset.reset") == "error");
}

TEST_CASE("a reader tells each end, commits nothing and creates nothing") {
    auto all = options();
    all.consumer["allow.auto.create.topics"] = "true";
    all.consumer["isolation.level"] = "read_uncommitted";
    const auto reader = Properties(all).reader();
    CHECK(value_of(reader, "enable.partition.eof") == "true");
    CHECK(value_of(reader, "enable.auto.commit") == "false");
    CHECK(value_of(reader, "allow.auto.create.topics") == "false");
    CHECK(value_of(reader, "isolation.level") == "read_uncommitted");
}

TEST_CASE("a reader that waits for records keeps a new partition waiting no longer than it must") {
    auto all = options();
    CHECK(value_of(Properties(all).reader(), "fetch.wait.max.ms") == "100");
    CHECK(value_of(Properties(all).consumer("group"), "fetch.wait.max.ms") == "500");
    all.consumer["fetch.wait.max.ms"] = "300";
    CHECK(value_of(Properties(all).reader(), "fetch.wait.max.ms") == "300");
}

TEST_CASE("partitions end for questions about them where they end for consumers") {
    auto all = options();
    CHECK(value_of(Properties(all).control(), "isolation.level") == "read_committed");
    all.consumer["isolation.level"] = "read_uncommitted";
    CHECK(value_of(Properties(all).control(), "isolation.level") == "read_uncommitted");
}

TEST_CASE("the servers are required, by either of librdkafka's names") {
    CHECK(complaint_about({}) == "kafka.bootstrap.servers is missing");
    Options other;
    other.common["metadata.broker.list"] = "127.0.0.1:9092";
    CHECK(Properties(other).servers() == "127.0.0.1:9092");
}

}  // namespace
