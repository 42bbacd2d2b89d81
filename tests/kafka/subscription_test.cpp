#include "kafka/subscription.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace gateway;
using gateway::kafka::Catalog;
using gateway::kafka::Subscription;

namespace {

using Topics = Catalog::Topics;

const auto topics = std::make_shared<const Catalog::Topics>(
    Catalog::Topics{{"__hidden", 1}, {"a.one", 2}, {"a.two", 1}, {"b", 3}});

bool begins_with_a(std::string_view name) { return name.starts_with("a."); }

TEST_CASE("the topics that are named and followed are taken once each, in order") {
    const Subscription named({.topics = {"b", "a.one"}, .group = "group"});
    CHECK(named.chosen_from(*topics) == Topics{{"a.one", 2}, {"b", 3}});
    const Subscription both({.topics = {"b", "a.one"}, .group = "group", .follows = begins_with_a});
    CHECK(both.chosen_from(*topics) == Topics{{"a.one", 2}, {"a.two", 1}, {"b", 3}});
}

TEST_CASE("internal topics are not followed, but may be named") {
    const auto all = [](std::string_view) { return true; };
    CHECK(Subscription({.group = "group", .follows = all}).chosen_from(*topics) ==
          Topics{{"a.one", 2}, {"a.two", 1}, {"b", 3}});
    CHECK(Subscription({.topics = {"__hidden"}, .group = "group"}).chosen_from(*topics) ==
          Topics{{"__hidden", 1}});
}

TEST_CASE("patterns that lead to more topics than allowed are refused, names are not") {
    const Topics chosen{{"a.one", 2}, {"a.two", 1}, {"b", 3}};
    const Subscription follows({.topics = {"b"}, .group = "group", .follows = begins_with_a});
    CHECK_FALSE(follows.refusal_of(chosen, 3).has_value());
    const auto refusal = follows.refusal_of(chosen, 2);
    REQUIRE(refusal.has_value());
    CHECK(refusal->code == Errc::limit_reached);
    CHECK(refusal->message == "3 topics match, more than kafka.max_topics_per_member allows: 2");
    const Subscription named({.topics = {"a.one", "a.two", "b"}, .group = "group"});
    CHECK_FALSE(named.refusal_of(chosen, 2).has_value());
}

TEST_CASE("only a topic that is named can be missing") {
    const Subscription here({.topics = {"b"}, .group = "group", .follows = begins_with_a});
    CHECK_FALSE(here.missing_in(*topics).has_value());
    CHECK_FALSE(here.missing_in({{"b", 1}}).has_value());
    CHECK(here.missing_in({{"a.one", 1}}) == "b");
}

TEST_CASE("a topic and a partition that were not there at the beginning are new") {
    Subscription subscription({.topics = {"b"}, .group = "group"});
    REQUIRE_FALSE(subscription.begin(topics).has_value());
    CHECK_FALSE(subscription.is_new({"b", 2}));
    CHECK(subscription.is_new({"b", 3}));
    CHECK(subscription.is_new({"a.three", 0}));
}

TEST_CASE("topics that have other partitions are the same topics") {
    Subscription subscription({.topics = {"b"}, .group = "group"});
    subscription.take({{"b", 3}});
    CHECK(subscription.takes({{"b", 4}}));
    CHECK_FALSE(subscription.takes({{"b", 3}, {"c", 1}}));
    CHECK_FALSE(subscription.takes({{"c", 3}}));
    CHECK_FALSE(subscription.takes({}));
}

TEST_CASE("a topic that was lost is new when it comes back") {
    Subscription subscription({.topics = {"b"}, .group = "group", .follows = begins_with_a});
    REQUIRE_FALSE(subscription.begin(topics).has_value());
    subscription.take(subscription.chosen_from(*topics));
    CHECK(subscription.is_whole_in(*topics));
    CHECK_FALSE(subscription.has_lost_a_topic());

    const Catalog::Topics rest{{"a.one", 2}, {"b", 3}};
    CHECK_FALSE(subscription.is_whole_in(rest));
    subscription.note_lost(rest);
    CHECK(subscription.has_lost_a_topic());
    CHECK(subscription.is_new({"a.two", 0}));
    CHECK_FALSE(subscription.is_new({"a.one", 0}));
}

TEST_CASE("a cursor may name partitions of the chosen topics only") {
    for (const Position& there : Cursor{{"b", 2, 0}, {"a.two", 0, 9}}) {
        Subscription subscription(
            {.topics = {"b"}, .group = "group", .start = Cursor{there}, .follows = begins_with_a});
        CHECK_FALSE(subscription.begin(topics).has_value());
    }
    for (const Position& elsewhere : Cursor{{"b", 3, 0}, {"b", -1, 0}, {"c", 0, 0}}) {
        Subscription subscription({.topics = {"b"}, .group = "group", .start = Cursor{elsewhere}});
        const auto error = subscription.begin(topics);
        REQUIRE(error.has_value());
        CHECK(error->code == Errc::partition_not_found);
    }
}

TEST_CASE("a cursor is asked for only what it says of the partitions in question") {
    const Subscription subscription(
        {.topics = {"b"}, .group = "group", .start = Cursor{{"b", 0, 5}, {"b", 1, 6}}});
    CHECK(std::get<Cursor>(subscription.start_of({{"b", 1}, {"b", 2}})) == Cursor{{"b", 1, 6}});
    CHECK(std::get<Cursor>(subscription.start_of({{"b", 2}})).empty());
}

}  // namespace
