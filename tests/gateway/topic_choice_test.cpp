#include "gateway/topic_choice.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "memory/broker.hpp"

using namespace gateway;

namespace {

using Names = std::vector<std::string>;

Brokers main_and_scratch() {
    std::vector<std::unique_ptr<Broker>> brokers;
    for (const char* name : {"main", "scratch"}) {
        memory::Options options;
        options.name = name;
        brokers.push_back(std::make_unique<memory::Broker>(std::move(options)));
    }
    return Brokers(std::move(brokers));
}

TEST_CASE("a topic counts once, and so does a pattern, however it is written") {
    const Brokers brokers = main_and_scratch();
    TopicChoice choice;
    for (const char* text : {"main:t", "t", "^a", "main:^a", "^a"}) {
        CHECK_FALSE(choice.add(brokers, text).has_value());
    }
    CHECK(choice.names() == Names{"main:t", "^a"});
    CHECK(choice.topics() == Names{"t"});
    CHECK(choice.has("main:t"));
    CHECK(choice.has("t"));
    CHECK_FALSE(choice.has("main:u"));

    choice.remove("t");
    choice.remove("main:^a");
    CHECK(choice.is_empty());
}

TEST_CASE("a pattern is the default broker's, or the one's whose name stands before it") {
    const Brokers brokers = main_and_scratch();
    TopicChoice standard;
    REQUIRE_FALSE(standard.add(brokers, "^a").has_value());
    CHECK(&standard.broker() == &brokers.standard());

    TopicChoice scratch;
    REQUIRE_FALSE(scratch.add(brokers, "scratch:^a").has_value());
    CHECK(&scratch.broker() == brokers.named("scratch"));
    CHECK(scratch.covers("about"));
    CHECK_FALSE(scratch.covers("scratch:about"));
    CHECK(scratch.topics().empty());
    REQUIRE(scratch.add(brokers, "^b").has_value());
    CHECK(scratch.add(brokers, "^b")->code == Errc::not_supported);
    CHECK(TopicChoice().add(brokers, "other:^a")->code == Errc::broker_not_found);
}

TEST_CASE("no pattern matches topics by which servers speak to each other") {
    Brokers brokers = main_and_scratch();
    brokers.set_own(brokers.standard(), {"own."});
    TopicChoice choice;
    REQUIRE_FALSE(choice.add(brokers, "^o").has_value());
    CHECK(choice.covers("owner"));
    CHECK_FALSE(choice.covers("own.state"));
    const auto follows = choice.follows();
    CHECK(follows("owner"));
    CHECK_FALSE(follows("own.state"));
}

TEST_CASE("a pattern with a broker's name inside could match nothing, and is refused") {
    const Brokers brokers = main_and_scratch();
    for (const char* text : {"^scratch:.", "^main:^a", "^other:a"}) {
        CAPTURE(text);
        const auto error = TopicChoice().add(brokers, text);
        REQUIRE(error.has_value());
        CHECK(error->code == Errc::invalid_topic);
    }
    CHECK(TopicChoice().add(brokers, "^scratch:.")->message.find("\"scratch:^\"") !=
          std::string::npos);
    CHECK_FALSE(TopicChoice().add(brokers, "^(?i:a)").has_value());
    CHECK_FALSE(TopicChoice().add(brokers, "^[[:alpha:]]").has_value());
    CHECK_FALSE(TopicChoice().add(brokers, "^a:b|orders").has_value());
}

}  // namespace
