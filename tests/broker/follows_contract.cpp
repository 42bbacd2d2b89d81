#include <algorithm>

#include <doctest/doctest.h>

#include "broker/member.hpp"
#include "broker/sender.hpp"

namespace gateway::contract {

namespace {

/// A family of topics whose names begin alike, and that no other case has.
class Family {
public:
    explicit Family(Stage& stage) : stage_(stage), prefix_(Stage::fresh("family") + ".") {}

    [[nodiscard]] std::function<bool(std::string_view)> all() const {
        return [prefix = prefix_](std::string_view name) { return name.starts_with(prefix); };
    }

    [[nodiscard]] std::string name(const std::string& suffix) const { return prefix_ + suffix; }

    std::string create(const std::string& suffix, std::int32_t partitions = 1) {
        const auto errors = stage_.create({{.topic = name(suffix),
                                            .partitions = partitions,
                                            .replication = std::nullopt,
                                            .config = {}}});
        REQUIRE_FALSE(errors.at(0).has_value());
        return name(suffix);
    }

private:
    Stage& stage_;
    std::string prefix_;
};

TEST_CASE("a broker whose topics can be followed says so") {
    Stage stage;
    CHECK(stage.broker().capabilities().patterns);
}

TEST_CASE("a member gets every topic that it follows, beside those that it names") {
    Stage stage;
    Family family(stage);
    const auto named = stage.topic();
    const auto stranger = stage.topic();
    const auto a = family.create("a", 2);
    const auto b = family.create("b");
    Sender sender(stage);
    sender.count(a, 0, 0, 5);
    Member member(stage, {.topics = {named, a},
                          .group = Stage::fresh("group"),
                          .start = FromEarliest{},
                          .follows = family.all()});
    member.join();
    CHECK(member.starts().size() == 4);

    sender.count(a, 1, 0, 5);
    sender.count(b, 0, 0, 5);
    sender.count(named, 0, 0, 5);
    sender.count(stranger, 0, 0, 5);
    member.wait_for(20);
    for (const auto& each : std::vector<TopicPartition>{{a, 0}, {a, 1}, {b, 0}, {named, 0}}) {
        CHECK(member.offsets(each) == range(0, 5));
    }
}

TEST_CASE("topics that are followed start where the member says") {
    Stage stage;
    Family family(stage);
    const auto a = family.create("a");
    const auto b = family.create("b");
    Sender sender(stage);
    sender.count(a, 0, 0, 10);
    sender.count(b, 0, 0, 1);
    Member member(stage, {.topics = {},
                          .group = Stage::fresh("group"),
                          .start = FromLast{3},
                          .follows = family.all()});
    member.join();
    CHECK(member.starts() == std::vector<Position>{{a, 0, 7}, {b, 0, 0}});
    member.wait_for(4);
}

TEST_CASE("a topic that appears later joins in from its oldest record") {
    Stage stage;
    Family family(stage);
    Sender sender(stage);
    const auto old = family.create("old");
    sender.count(old, 0, 0, 5);
    Member member(stage, {.topics = {},
                          .group = Stage::fresh("group"),
                          .start = FromLatest{},
                          .follows = family.all()});
    member.join();
    CHECK(member.starts() == std::vector<Position>{{old, 0, 5}});

    const auto late = family.create("late", 2);
    sender.count(late, 0, 0, 10);
    sender.count(late, 1, 0, 10);
    member.wait_for(20);
    sender.count(late, 1, 10, 20);
    sender.count(old, 0, 5, 10);
    member.wait_for(35);
    CHECK(member.offsets({old, 0}) == range(5, 10));
    CHECK(member.offsets({late, 0}) == range(0, 10));
    CHECK(member.offsets({late, 1}) == range(0, 20));
}

TEST_CASE("a member may follow what does not exist yet, and be live without a partition") {
    Stage stage;
    Family family(stage);
    Member member(stage, {.topics = {}, .group = Stage::fresh("group"), .follows = family.all()});
    member.join();
    CHECK(member.starts().empty());

    Sender sender(stage);
    const auto first = family.create("first");
    sender.count(first, 0, 0, 10);
    member.wait_for(10);
}

TEST_CASE("internal topics are not followed") {
    Stage stage;
    Family family(stage);
    const auto hidden = Stage::fresh("__hidden");
    const auto errors = stage.create(
        {{.topic = hidden, .partitions = 1, .replication = std::nullopt, .config = {}}});
    REQUIRE_FALSE(errors.at(0).has_value());
    const auto seen = family.create("seen");
    Member member(stage, {.topics = {},
                          .group = Stage::fresh("group"),
                          .follows = [all = family.all(), hidden](std::string_view name) {
                              return name == hidden || all(name);
                          }});
    member.join();
    CHECK(member.starts() == std::vector<Position>{{seen, 0, 0}});
}

TEST_CASE("members that follow share a topic that appears") {
    Stage stage;
    Family family(stage);
    const auto group = Stage::fresh("group");
    Member one(stage, {.topics = {}, .group = group, .follows = family.all()});
    Member other(stage, {.topics = {}, .group = group, .follows = family.all()});
    one.commit_as_taken();
    other.commit_as_taken();
    one.join();
    other.join();

    Sender sender(stage);
    const auto topic = family.create("topic", 4);
    int next = 0;
    REQUIRE(stage.run_until([&] {
        for (std::int32_t i = 0; i < 4; ++i) sender.count(topic, i, next, next + 1);
        ++next;
        return one.sources().size() >= 2 && other.sources().size() >= 2;
    }));
    REQUIRE(stage.run_until([&] {
        for (std::int32_t i = 0; i < 4; ++i) {
            std::set<std::int64_t> seen;
            for (const auto* member : {&one, &other}) {
                const auto offsets = member->offsets({topic, i});
                seen.insert(offsets.begin(), offsets.end());
            }
            if (seen.size() != static_cast<std::size_t>(next)) return false;
        }
        return true;
    }));
}

TEST_CASE("a topic that is followed and named but does not exist is topic_not_found") {
    Stage stage;
    Family family(stage);
    Member member(stage, {.topics = {family.name("missing")},
                          .group = Stage::fresh("group"),
                          .follows = family.all()});
    REQUIRE(stage.run_until([&] { return member.failure().has_value(); }));
    CHECK(member.failure()->code == Errc::topic_not_found);
}

}  // namespace

}  // namespace gateway::contract
