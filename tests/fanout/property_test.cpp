#include <algorithm>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

constexpr std::int32_t partitions = 3;
const std::vector<std::string> keys{"a", "b", "c", "d"};

/// A long and random life of one topic and those who follow it.
class Life {
public:
    explicit Life(std::uint32_t seed) : random_(seed), stage_(options()) {
        stage_.broker.create("t", partitions);
    }

    void live(int turns) {
        for (int i = 0; i < turns; ++i) turn();
        for (std::int32_t i = 0; i < partitions; ++i) stage_.broker.at("t", i).is_dead = false;
        for (auto& each : followers_) each.listener->appetite = [](std::size_t all) { return all; };
        for (int i = 0; i < 3; ++i) {
            for (auto& each : followers_) each.listener->resume();
            stage_.run();
        }
        for (auto& each : followers_) check(each);
    }

private:
    struct Follower {
        std::unique_ptr<Listener> listener;
        std::optional<std::vector<std::string>> keys;
    };
    struct Sent {
        std::int64_t offset;
        std::optional<std::string> key;
    };

    int below(int limit) { return std::uniform_int_distribution<>(0, limit - 1)(random_); }

    fanout::Options options() {
        auto options = Stage::quick();
        options.ring_records = static_cast<std::size_t>(5 + below(40));
        options.max_batch_bytes = static_cast<std::size_t>(200 + below(2000));
        options.max_catch_ups = static_cast<std::size_t>(1 + below(3));
        return options;
    }

    void turn() {
        auto& broker = stage_.broker;
        const std::int32_t partition = below(partitions);
        switch (below(12)) {
            case 0:
                return join();
            case 1:
                if (followers_.size() > 3) {
                    const auto gone =
                        followers_.begin() + below(static_cast<int>(followers_.size()));
                    if (gone->listener->is_live()) check_so_far(*gone);
                    followers_.erase(gone);
                }
                return;
            case 2:
                broker.at("t", partition).is_dead = below(2) == 0;
                return;
            case 3:
                if (below(8) == 0) {
                    const auto& from = broker.at("t", partition);
                    const auto kept = static_cast<int>(from.next - from.earliest);
                    broker.expire("t", partition, from.earliest + below(kept + 1));
                }
                return;
            case 4:
                if (!followers_.empty()) change_speed(followers_[pick()]);
                return;
            case 5:
                broker.skip("t", partition);
                return;
            case 6:
            case 7:
                for (int i = below(20); i > 0; --i) append(below(partitions));
                return;
            case 8:
                return stage_.settle();
            case 9:
                for (auto& each : followers_) each.listener->resume();
                return;
            default:
                if (broker.readers() > 0) {
                    broker.step(static_cast<std::size_t>(below(static_cast<int>(broker.readers()))),
                                static_cast<std::size_t>(1 + below(15)));
                }
                if (below(2) == 0) stage_.settle();
        }
    }

    std::size_t pick() {
        return static_cast<std::size_t>(below(static_cast<int>(followers_.size())));
    }

    void append(std::int32_t partition) {
        std::optional<std::string> key;
        if (below(4) > 0) key = keys[static_cast<std::size_t>(below(4))];
        sent_[partition].push_back({stage_.broker.at("t", partition).next, key});
        stage_.broker.append("t", partition, key);
    }

    void join() {
        if (followers_.size() >= 12) return;
        Follower follower;
        Broadcasts::Options options{.topics = {"t"}};
        switch (below(4)) {
            case 0:
                options.start = FromEarliest{};
                break;
            case 1:
                options.start = FromLast{below(30)};
                break;
            case 2: {
                Cursor cursor;
                for (std::int32_t i = 0; i < partitions; ++i) {
                    const auto& from = stage_.broker.at("t", i);
                    const auto kept = static_cast<int>(from.next - from.earliest);
                    cursor.push_back({"t", i, from.earliest + below(kept + 1)});
                }
                options.start = cursor;
                break;
            }
            default:
                break;
        }
        if (below(4) > 0) {
            options.view.emplace();
            if (below(2) == 0) {
                std::vector<std::string> wanted;
                for (const auto& key : keys) {
                    if (below(2) == 0) wanted.push_back(key);
                }
                options.view->keys = follower.keys = wanted;
            }
        }
        follower.listener = stage_.listen(std::move(options), static_cast<std::size_t>(below(2)));
        followers_.push_back(std::move(follower));
    }

    void change_speed(Follower& follower) {
        const int speed = below(4);
        follower.listener->appetite = [this, speed](std::size_t all) {
            if (speed == 0) return std::size_t{0};
            if (speed == 1) return static_cast<std::size_t>(below(static_cast<int>(all) + 1));
            return all;
        };
    }

    /// What it should have of a partition, if it has it all.
    std::vector<std::string> expected(Follower& follower, const Position& start) {
        std::vector<std::string> all;
        for (const Sent& sent : sent_[start.partition]) {
            if (sent.offset < start.offset) continue;
            const bool is_lost =
                std::ranges::any_of(follower.listener->losses(), [&](const Lost& lost) {
                    return lost.partition == start.partition && lost.wanted <= sent.offset &&
                           sent.offset < lost.earliest;
                });
            if (is_lost) continue;
            if (follower.keys && (!sent.key || std::ranges::find(*follower.keys, *sent.key) ==
                                                   follower.keys->end())) {
                continue;
            }
            all.push_back(fmt::format("t/{}/{}", start.partition, sent.offset));
        }
        return all;
    }

    /// Nothing is lost twice.
    void check_losses(const Listener& listener) {
        std::map<std::int32_t, std::int64_t> ends;
        for (const Lost& lost : listener.losses()) {
            auto& end = ends[lost.partition];
            REQUIRE(lost.wanted >= end);
            REQUIRE(lost.earliest > lost.wanted);
            end = lost.earliest;
        }
    }

    void check(Follower& follower) {
        check_losses(*follower.listener);
        REQUIRE(follower.listener->is_live());
        REQUIRE_FALSE(follower.listener->error().has_value());
        for (const Position& start : follower.listener->starts()) {
            REQUIRE(follower.listener->of("t", start.partition) == expected(follower, start));
        }
    }

    /// It has a beginning of that.
    void check_so_far(Follower& follower) {
        for (const Position& start : follower.listener->starts()) {
            const auto& got = follower.listener->of("t", start.partition);
            auto all = expected(follower, start);
            REQUIRE(got.size() <= all.size());
            all.resize(got.size());
            REQUIRE(got == all);
        }
    }

    std::mt19937 random_;
    Stage stage_;
    std::vector<Follower> followers_;
    std::map<std::int32_t, std::vector<Sent>> sent_;
};

TEST_CASE("whatever happens, each subscriber gets exactly its records in order, or is told") {
    for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
        CAPTURE(seed);
        Life(seed).live(400);
    }
}

}  // namespace

}  // namespace gateway::fanout
