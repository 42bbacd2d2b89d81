#include "memory/store.hpp"

#include <string>

#include <doctest/doctest.h>

#include "memory/entry.hpp"

namespace gateway::memory {

namespace {

OutgoingRecord record(std::string_view topic, std::string_view value) {
    return {.topic = topic,
            .key = std::nullopt,
            .value = value,
            .headers = {},
            .partition = OutgoingRecord::any_partition,
            .timestamp = std::nullopt};
}

Block block(std::vector<OutgoingRecord> records) {
    std::size_t bytes = 0;
    for (const auto& each : records) bytes += entry_size(each);
    return {records, bytes};
}

std::optional<Errc> error_of(const Block& sent, std::size_t index) {
    const auto error = sent.items.at(index).error;
    return error == Block::Item::no_error ? std::nullopt : std::optional(sent.errors[error].code);
}

TopicSpec spec(std::string topic, std::int32_t partitions,
               std::map<std::string, std::string> config = {}) {
    return {.topic = std::move(topic),
            .partitions = partitions,
            .replication = std::nullopt,
            .config = std::move(config)};
}

TEST_CASE("a send creates its topic where that is allowed") {
    Store store({.partitions = 3});
    auto sent = block({record("new", "value")});
    store.append(sent, 0);
    CHECK_FALSE(error_of(sent, 0).has_value());
    CHECK(store.list().size() == 3);
}

TEST_CASE("a send to an illegal name creates nothing") {
    Store store({});
    auto sent = block({record("a b", "value"), record("fine", "value")});
    store.append(sent, 0);
    CHECK(error_of(sent, 0) == Errc::invalid_topic);
    CHECK_FALSE(error_of(sent, 1).has_value());
    CHECK(store.list() == std::vector<TopicPartition>{{"fine", 0}});
}

TEST_CASE("topics are bounded in number, partitions by topic, and both have a name") {
    Store store({.max_topics = 1, .max_partitions = 5});
    CHECK(store.create(spec("many", 6))->code == Errc::invalid_topic_config);
    CHECK_FALSE(store.create(spec("one", 5)).has_value());
    CHECK(store.create(spec("two", 1))->code == Errc::limit_reached);
    CHECK_FALSE(store.create(spec("one", 5)).has_value());

    auto sent = block({record("two", "value")});
    store.append(sent, 0);
    CHECK(error_of(sent, 0) == Errc::limit_reached);
}

TEST_CASE("records without a key stay together in one send, and turn with the next") {
    Store store({});
    REQUIRE_FALSE(store.create(spec("topic", 3)).has_value());
    std::set<std::int32_t> used;
    for (int i = 0; i < 3; ++i) {
        auto sent = block({record("topic", "a"), record("topic", "b")});
        store.append(sent, 0);
        CHECK(sent.items[0].partition == sent.items[1].partition);
        used.insert(sent.items[0].partition);
    }
    CHECK(used.size() == 3);
}

TEST_CASE("each partition written to is touched once") {
    Store store({});
    REQUIRE_FALSE(store.create(spec("topic", 2)).has_value());
    auto records = std::vector<OutgoingRecord>(4, record("topic", "value"));
    for (std::size_t i = 0; i < records.size(); ++i) {
        records[i].partition = static_cast<std::int32_t>(i % 2);
    }
    auto sent = block(records);
    store.append(sent, 0);
    CHECK(store.take_touched().size() == 2);
    CHECK(store.take_touched().empty());
}

TEST_CASE("over the bound on all records the largest partition loses its oldest") {
    Store store({.max_bytes = 1 << 20});
    auto quiet = block({record("quiet", "precious")});
    store.append(quiet, 0);

    const std::string value(1000, 'x');
    for (int i = 0; i < 100; ++i) {
        auto busy = block(std::vector<OutgoingRecord>(100, record("busy", value)));
        store.append(busy, 0);
        REQUIRE(store.bytes() <= 1 << 20);
    }
    const auto& busy = store.find("busy")->at(0).log;
    CHECK(busy.begin() > 0);
    CHECK(busy.end() == 10'000);
    CHECK(busy.end() - busy.begin() > 700);
    CHECK(store.find("quiet")->at(0).log.begin() == 0);
}

TEST_CASE("many small partitions stay under the bound too") {
    Store store({.max_bytes = 64 << 10, .max_record_bytes = 1000});
    for (int i = 0; i < 200; ++i) {
        const auto topic = "topic-" + std::to_string(i);
        auto sent = block({record(topic, "value")});
        store.append(sent, 0);
        REQUIRE(store.bytes() <= 64 << 10);
        CHECK(sent.items[0].offset == 0);
    }
}

TEST_CASE("a topic keeps no more bytes and no older records than it says") {
    Store store({});
    REQUIRE_FALSE(store.create(spec("short", 1, {{"retention.ms", "1000"}})).has_value());
    REQUIRE_FALSE(store.create(spec("small", 1, {{"retention.bytes", "100000"}})).has_value());
    const std::string value(1000, 'x');
    for (int i = 0; i < 500; ++i) {
        auto sent = block({record("short", value), record("small", value)});
        store.append(sent, 10 * i);
    }
    const auto& by_age = store.find("short")->at(0).log;
    CHECK(by_age.begin() > 250);
    CHECK(by_age.begin() <= 400);
    const auto& by_size = store.find("small")->at(0).log;
    CHECK(by_size.bytes() <= 100'000 + Log::largest_segment);
    CHECK(by_size.begin() > 250);
}

TEST_CASE("a topic may take smaller records than the broker does") {
    Store store({});
    REQUIRE_FALSE(store.create(spec("small", 1, {{"max.message.bytes", "200"}})).has_value());
    const std::string value(300, 'x');
    auto sent = block({record("small", "fits"), record("small", value)});
    store.append(sent, 0);
    CHECK_FALSE(error_of(sent, 0).has_value());
    CHECK(error_of(sent, 1) == Errc::record_too_large);
}

TEST_CASE("settings are kept, and wrong ones are named") {
    Store store({});
    REQUIRE_FALSE(
        store.create(spec("topic", 1, {{"cleanup.policy", "compact,delete"}})).has_value());
    CHECK(store.find("topic")->config().cleanup == TopicConfig::Cleanup::both);

    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"cleanup.policy", "keep"},
                                            {"retention.ms", "-2"},
                                            {"retention.bytes", "1x"},
                                            {"max.message.bytes", ""},
                                            {"delete.retention.ms", "-1"},
                                            {"min.cleanable.dirty.ratio", "1.1"},
                                            {"no.such.setting", "1"}}) {
        const auto error = store.create(spec("wrong", 1, {{name, value}}));
        REQUIRE(error.has_value());
        CHECK(error->code == Errc::invalid_topic_config);
        CHECK(error->message.find(name) != std::string::npos);
    }
}

OutgoingRecord keyed(std::string_view topic, std::string_view key,
                     std::optional<std::string_view> value) {
    return {.topic = topic, .key = key, .value = value};
}

TEST_CASE("a compacted topic stays about twice as large as what it holds") {
    Store store({});
    REQUIRE_FALSE(store.create(spec("topic", 1, {{"cleanup.policy", "compact"}})).has_value());
    const std::string value(1000, 'x');
    for (int i = 0; i < 5000; ++i) {
        auto sent = block({keyed("topic", std::to_string(i % 100), value)});
        store.append(sent, i);
        REQUIRE(store.bytes() < 500'000);
    }
    const auto& log = store.find("topic")->at(0).log;
    CHECK(log.begin() == 0);
    CHECK(log.end() == 5000);
    CHECK(store.bytes() == log.bytes());
    CHECK(log.bytes() > 100'000);
}

TEST_CASE("a compacted topic is not compacted for every record, however low its ratio") {
    Store store({});
    REQUIRE_FALSE(
        store
            .create(spec("topic", 1,
                         {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0"}}))
            .has_value());
    // Each in a segment of its own.
    const std::string value(Log::largest_segment, 'x');
    const auto& log = store.find("topic")->at(0).log;
    const auto send = [&](int key) {
        auto sent = block({keyed("topic", std::to_string(key), value)});
        store.append(sent, 0);
    };
    for (int i = 0; i < 100; ++i) send(i);
    int compactions = 0;
    for (int i = 0; i < 100; ++i) {
        const std::size_t before = log.bytes();
        send(0);
        if (log.bytes() <= before) ++compactions;
    }
    CHECK(compactions > 5);
    CHECK(compactions < 15);
}

TEST_CASE("only what may be deleted goes by age or size") {
    Store store({});
    for (const auto* policy : {"compact", "compact,delete"}) {
        REQUIRE_FALSE(store
                          .create(spec(policy == std::string("compact") ? "kept" : "both", 1,
                                       {{"cleanup.policy", policy},
                                        {"retention.ms", "1000"},
                                        {"retention.bytes", "1000"}}))
                          .has_value());
    }
    for (int i = 0; i < 1000; ++i) {
        const auto key = std::to_string(i);
        auto sent = block({keyed("kept", key, "value"), keyed("both", key, "value")});
        store.append(sent, 10 * i);
    }
    CHECK(store.find("kept")->at(0).log.begin() == 0);
    // By whole segments, the last of which has some hundred records.
    CHECK(store.find("both")->at(0).log.begin() > 500);
}

TEST_CASE("a tombstone is dropped some time after it was sent") {
    Store store({});
    REQUIRE_FALSE(store
                      .create(spec("topic", 1,
                                   {{"cleanup.policy", "compact"},
                                    {"min.cleanable.dirty.ratio", "0"},
                                    {"delete.retention.ms", "1000"}}))
                      .has_value());
    auto tombstone = block({keyed("topic", "gone", std::nullopt)});
    store.append(tombstone, 0);
    const auto& log = store.find("topic")->at(0).log;
    const auto first = [&] {
        Log::Cursor cursor;
        return read_head(log.read(cursor, 1).segment->at(0)).offset;
    };
    const std::string value(1000, 'x');
    const auto send = [&](Timestamp now) {
        auto sent = block({keyed("topic", "a", value)});
        store.append(sent, now);
    };
    for (int i = 0; i < 10; ++i) send(1000);
    CHECK(first() == 0);
    for (int i = 0; i < 10; ++i) send(1001);
    CHECK(first() > 0);
}

TEST_CASE("what is too old goes without another record, when it is asked for") {
    Store store({});
    REQUIRE_FALSE(store.create(spec("topic", 1, {{"retention.ms", "1000"}})).has_value());
    auto sent = block({record("topic", "value")});
    store.append(sent, 0);
    Topic& topic = *store.find("topic");
    store.expire(topic, 1000);
    CHECK(topic.at(0).log.begin() == 0);
    store.expire(topic, 1001);
    CHECK(topic.at(0).log.begin() == 1);
    CHECK(store.bytes() == 0);
}

TEST_CASE("a new topic is told as it is created, each once") {
    Store store({});
    std::vector<std::string> created;
    store.on_created([&](Topic& topic) { created.push_back(*topic.name()); });
    REQUIRE_FALSE(store.create(spec("one", 1)).has_value());
    REQUIRE_FALSE(store.create(spec("one", 1)).has_value());
    auto sent = block({record("two", "value"), record("two", "value")});
    store.append(sent, 0);
    CHECK(created == std::vector<std::string>{"one", "two"});
}

}  // namespace

}  // namespace gateway::memory
