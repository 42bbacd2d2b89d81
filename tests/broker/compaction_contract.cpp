#include <map>
#include <optional>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/reader.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

/// Reads a partition from its oldest record to its end.
std::vector<Received> read_all(Stage& stage, const std::string& topic) {
    const auto located = stage.locate({topic}, FromEarliest{});
    REQUIRE(located.has_value());
    const auto& all = located->at(0);
    Reader reader(stage);
    reader.add({{topic, 0, all.start}});
    REQUIRE(stage.run_until([&] { return reader.is_at_end({topic, 0, all.latest}); }));
    CHECK(reader.losses().empty());
    return reader.taken();
}

/// Sends rounds of one record for each key, value and a large tail, until the broker has compacted.
class Rounds {
public:
    Rounds(Stage& stage, std::string topic)
        : stage_(stage), sender_(stage), topic_(std::move(topic)) {}

    void send(std::string_view key, std::optional<std::string> value) {
        const auto fates =
            sender_.deliver({{.topic = topic_, .key = key, .value = value, .partition = 0}});
        REQUIRE_FALSE(fates[0].error.has_value());
        newest_[std::string(key)] = {fates[0].offset, std::move(value)};
        ++sent_;
    }

    /// Sends until less is kept than was sent, and returns what is.
    std::vector<Received> until_compacted() {
        const std::string filling(1000, '#');
        std::vector<Received> kept;
        REQUIRE(stage_.run_until([&] {
            for (const auto* key : {"a", "b", "c"}) send(key, filling + std::to_string(sent_));
            kept = read_all(stage_, topic_);
            return kept.size() < sent_ && kept.front().offset > 0;
        }));
        return kept;
    }

    [[nodiscard]] const auto& newest() const { return newest_; }

private:
    Stage& stage_;
    Sender sender_;
    std::string topic_;
    std::size_t sent_ = 0;
    std::map<std::string, std::pair<std::int64_t, std::optional<std::string>>> newest_;
};

TEST_CASE("compaction keeps the newest record of each key, at its offset, and drops older ones") {
    Stage stage;
    const auto topic = stage.topic(1, eager_compaction());
    Rounds rounds(stage, topic);
    rounds.send("a", "first");
    rounds.send("once", "kept");
    const auto kept = rounds.until_compacted();

    std::map<std::string, const Received*> found;
    std::int64_t before = -1;
    for (const auto& record : kept) {
        CHECK(record.offset > before);
        before = record.offset;
        REQUIRE(record.key.has_value());
        found[*record.key] = &record;
    }
    REQUIRE(found.size() == rounds.newest().size());
    for (const auto& [key, newest] : rounds.newest()) {
        CAPTURE(key);
        REQUIRE(found.contains(key));
        CHECK(found[key]->offset == newest.first);
        CHECK(found[key]->value == newest.second);
    }
    CHECK(kept.front().offset == 1);
    const auto located = stage.locate({topic}, FromEarliest{});
    REQUIRE(located.has_value());
    CHECK(located->at(0).earliest == 0);
}

TEST_CASE("offsets that compaction emptied are no loss: reading goes on behind them") {
    Stage stage;
    const auto topic = stage.topic(1, eager_compaction());
    Rounds rounds(stage, topic);
    rounds.send("a", "first");
    const auto kept = rounds.until_compacted();

    Reader reader(stage);
    reader.add({{topic, 0, 0}});
    Member member(
        stage, {.topics = {topic}, .group = Stage::fresh("group"), .start = Cursor{{topic, 0, 0}}});
    const auto end = stage.locate({topic}, FromLatest{})->at(0).latest;
    REQUIRE(stage.run_until([&] {
        return reader.is_at_end({topic, 0, end}) && !member.taken().empty() &&
               member.taken().back().offset == end - 1;
    }));
    // Compaction may have gone on meanwhile.
    CHECK(reader.taken().front().offset >= kept.front().offset);
    CHECK(member.taken().front().offset >= kept.front().offset);
    CHECK(reader.losses().empty());
    CHECK(member.losses().empty());
}

TEST_CASE("a tombstone is kept for a while, and what it deletes is gone") {
    Stage stage;
    const auto topic = stage.topic(1, eager_compaction());
    Rounds rounds(stage, topic);
    rounds.send("gone", "deleted");
    rounds.send("gone", std::nullopt);
    const auto kept = rounds.until_compacted();
    std::size_t tombstones = 0;
    for (const auto& record : kept) {
        if (record.key != "gone") continue;
        CHECK_FALSE(record.value.has_value());
        CHECK(record.offset == 1);
        ++tombstones;
    }
    CHECK(tombstones == 1);
}

TEST_CASE("a compacted topic refuses a record without a key") {
    Stage stage;
    const auto topic = stage.topic(1, eager_compaction());
    Sender sender(stage);
    const auto refused = sender.fate_of({.topic = topic, .value = "value"});
    CHECK(refused.error == Errc::invalid_record);
    const auto taken = sender.fate_of({.topic = topic, .key = "key", .value = "value"});
    CHECK_FALSE(taken.error.has_value());
}

}  // namespace

}  // namespace gateway::contract
