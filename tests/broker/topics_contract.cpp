#include <algorithm>

#include <doctest/doctest.h>

#include "broker/stage.hpp"

namespace gateway::contract {

namespace {

TopicSpec spec(std::string topic) {
    return {.topic = std::move(topic),
            .partitions = std::nullopt,
            .replication = std::nullopt,
            .config = {}};
}

std::vector<TopicPartition> listed(Stage& stage, std::string_view topic) {
    auto partitions = stage.list();
    std::erase_if(partitions, [&](const auto& each) { return each.topic != topic; });
    return partitions;
}

TEST_CASE("a created topic is listed with all its partitions") {
    Stage stage;
    const auto topic = stage.topic(3);
    CHECK(listed(stage, topic) == std::vector<TopicPartition>{{topic, 0}, {topic, 1}, {topic, 2}});
}

TEST_CASE("a topic created without a number of partitions gets the broker's default") {
    Stage stage;
    const auto topic = Stage::fresh("topic");
    const auto errors = stage.create({spec(topic)});
    REQUIRE(errors.size() == 1);
    CHECK_FALSE(errors[0].has_value());
    CHECK_FALSE(listed(stage, topic).empty());
}

TEST_CASE("creating a topic that exists is a success and changes nothing") {
    Stage stage;
    const auto topic = stage.topic(2);
    auto again = spec(topic);
    again.partitions = 5;
    const auto errors = stage.create({again});
    REQUIRE(errors.size() == 1);
    CHECK_FALSE(errors[0].has_value());
    CHECK(listed(stage, topic).size() == 2);
}

TEST_CASE("a topic may be asked for twice in one request") {
    Stage stage;
    const auto topic = Stage::fresh("topic");
    const auto errors = stage.create({spec(topic), spec(topic)});
    REQUIRE(errors.size() == 2);
    CHECK_FALSE(errors[0].has_value());
    CHECK_FALSE(errors[1].has_value());
}

TEST_CASE("a topic takes Kafka's settings and refuses what they do not allow") {
    Stage stage;
    auto compacted = spec(Stage::fresh("topic"));
    compacted.config = {{"cleanup.policy", "compact"}};
    auto nonsense = spec(Stage::fresh("topic"));
    nonsense.config = {{"cleanup.policy", "nonsense"}};
    auto unknown = spec(Stage::fresh("topic"));
    unknown.config = {{"no.such.setting", "1"}};

    const auto errors = stage.create({compacted, nonsense, unknown});
    REQUIRE(errors.size() == 3);
    CHECK_FALSE(errors[0].has_value());
    REQUIRE(errors[1].has_value());
    CHECK(errors[1]->code == Errc::invalid_topic_config);
    REQUIRE(errors[2].has_value());
    CHECK(errors[2]->code == Errc::invalid_topic_config);
    CHECK(listed(stage, nonsense.topic).empty());
}

TEST_CASE("partitions and replication that cannot be had are refused") {
    Stage stage;
    auto none = spec(Stage::fresh("topic"));
    none.partitions = 0;
    auto copies = spec(Stage::fresh("topic"));
    copies.replication = 1000;

    const auto errors = stage.create({none, copies});
    REQUIRE(errors.size() == 2);
    REQUIRE(errors[0].has_value());
    CHECK(errors[0]->code == Errc::invalid_topic_config);
    REQUIRE(errors[1].has_value());
    CHECK(errors[1]->code == Errc::invalid_topic_config);
}

TEST_CASE("illegal names are refused, each on its own") {
    Stage stage;
    const auto good = Stage::fresh("topic");
    std::vector<TopicSpec> topics;
    for (const std::string& bad : {std::string(), std::string("."), std::string(".."),
                                   std::string("a b"), std::string("a/b"), std::string("a:b"),
                                   std::string("t\xc3\xb6pic"), std::string(250, 'a')}) {
        topics.push_back(spec(bad));
    }
    topics.push_back(spec(good));

    const auto errors = stage.create(topics);
    REQUIRE(errors.size() == topics.size());
    for (std::size_t i = 0; i + 1 < errors.size(); ++i) {
        CAPTURE(topics[i].topic);
        REQUIRE(errors[i].has_value());
        CHECK(errors[i]->code == Errc::invalid_topic);
    }
    CHECK_FALSE(errors.back().has_value());
    CHECK_FALSE(listed(stage, good).empty());
}

TEST_CASE("names of 249 characters and of all the characters allowed are legal") {
    Stage stage;
    auto longest = Stage::fresh("");
    longest.insert(0, 249 - longest.size(), 'x');
    const auto errors = stage.create({spec(longest), spec(Stage::fresh("aZ09._-"))});
    REQUIRE(errors.size() == 2);
    CHECK_FALSE(errors[0].has_value());
    CHECK_FALSE(errors[1].has_value());
}

TEST_CASE("topics are listed in order, without internal ones") {
    Stage stage;
    const auto hidden = Stage::fresh("__hidden");
    const auto errors = stage.create({spec(hidden)});
    REQUIRE_FALSE(errors.at(0).has_value());
    const auto first = stage.topic(2);
    const auto second = stage.topic(11);

    const auto all = stage.list();
    CHECK(std::ranges::is_sorted(all));
    CHECK(std::ranges::none_of(all, [](const auto& each) { return each.topic.starts_with("__"); }));
    CHECK(listed(stage, first).size() == 2);
    CHECK(listed(stage, second).size() == 11);
}

TEST_CASE("listing creates nothing") {
    Stage stage;
    const auto before = stage.list();
    CHECK(stage.list() == before);
}

}  // namespace

}  // namespace gateway::contract
