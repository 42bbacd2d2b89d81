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

TEST_CASE("a created topic is listed, also one without a number of partitions") {
    {
        Stage stage;
        CHECK_FALSE(listed(stage, stage.topic()).empty());
    }
    Stage stage;
    const auto topic = Stage::fresh("topic");
    const auto errors = stage.create({spec(topic)});
    REQUIRE(errors.size() == 1);
    CHECK_FALSE(errors[0].has_value());
    CHECK_FALSE(listed(stage, topic).empty());
}

TEST_CASE("creating a topic that exists is a success and changes nothing") {
    Stage stage;
    const auto topic = stage.topic();
    const auto errors = stage.create({spec(topic)});
    REQUIRE(errors.size() == 1);
    CHECK_FALSE(errors[0].has_value());
    CHECK(listed(stage, topic).size() == 1);
}

TEST_CASE("a topic may be asked for twice in one request") {
    Stage stage;
    const auto topic = Stage::fresh("topic");
    const auto errors = stage.create({spec(topic), spec(topic)});
    REQUIRE(errors.size() == 2);
    CHECK_FALSE(errors[0].has_value());
    CHECK_FALSE(errors[1].has_value());
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
    const auto first = stage.topic();
    const auto second = stage.topic();

    const auto all = stage.list();
    CHECK(std::ranges::is_sorted(all));
    CHECK(std::ranges::none_of(all, [](const auto& each) { return each.topic.starts_with("__"); }));
    CHECK(listed(stage, first).size() == 1);
    CHECK(listed(stage, second).size() == 1);
}

}  // namespace

}  // namespace gateway::contract
