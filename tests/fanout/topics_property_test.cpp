#include <algorithm>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"

namespace gateway::fanout {

namespace {

const std::vector<std::string> names{"t0", "t1", "t2", "t3"};
constexpr std::chrono::milliseconds reader_pause(1);

/// Topics that come and go at random, and those who follow all there are.
class Fair {
public:
    explicit Fair(std::uint32_t seed) : random_(seed), stage_(options()) {}

    void live(int turns) {
        for (int i = 0; i < turns; ++i) turn();
        stage_.broker.max_readers = 100;
        stage_.broker.unlocatable.clear();
        for (auto& each : followers_) each->appetite = [](std::size_t all) { return all; };
        REQUIRE(stage_.run_until([this] {
            for (auto& each : followers_) each->resume();
            return std::ranges::all_of(followers_, [this](auto& each) { return has_all(*each); });
        }));
    }

private:
    int below(int limit) { return std::uniform_int_distribution<>(0, limit - 1)(random_); }

    fanout::Options options() {
        auto options = Stage::quick();
        options.look_interval = std::chrono::milliseconds(1);
        options.reader_pause = reader_pause;
        options.ring_records = static_cast<std::size_t>(3 + below(20));
        options.max_batch_bytes = static_cast<std::size_t>(200 + below(2000));
        options.max_catch_ups = static_cast<std::size_t>(1 + below(6));
        options.max_held_snapshot_bytes = static_cast<std::size_t>(1 + below(5000));
        return options;
    }

    void turn() {
        auto& broker = stage_.broker;
        const std::string& name = names[static_cast<std::size_t>(below(4))];
        switch (below(12)) {
            case 0:
                return join();
            case 1:
                if (!followers_.empty()) followers_.erase(followers_.begin() + pick());
                return;
            case 2:
                if (below(3) == 0) return toggle(name);
                return;
            case 3:
                broker.max_readers = static_cast<std::size_t>(below(6));
                return;
            case 4:
                broker.unlocatable.clear();
                if (below(2) == 0) broker.unlocatable[name] = Errc::topic_not_found;
                return;
            case 5:
                if (!followers_.empty()) {
                    const bool reads = below(2) == 0;
                    followers_[static_cast<std::size_t>(pick())]->appetite =
                        [reads](std::size_t all) { return reads ? all : 0; };
                }
                return;
            case 6:
            case 7:
                if (!is_there_[name]) return;
                for (int i = below(20); i > 0; --i) {
                    broker.append(name, 0, fmt::format("{}", below(5)));
                }
                return;
            case 8:
                for (auto& each : followers_) each->resume();
                return;
            case 9:
                return stage_.settle();
            default:
                for (std::size_t i = 0; i < broker.readers(); ++i) {
                    broker.step(i, static_cast<std::size_t>(1 + below(15)));
                }
        }
    }

    int pick() { return below(static_cast<int>(followers_.size())); }

    /// A reader notices that a topic is gone before another one has its name.
    void toggle(const std::string& name) {
        bool& is_there = is_there_[name];
        if (is_there) {
            stage_.broker.remove(name);
            notice();
        } else {
            stage_.broker.create(name, 1);
        }
        is_there = !is_there;
    }

    /// Those that were refused a reader have to get one first.
    void notice() {
        const auto allowed = std::exchange(stage_.broker.max_readers, 100);
        stage_.run();
        if (std::exchange(stage_.broker.refusals, 0) > 0) stage_.run_past(reader_pause);
        stage_.broker.max_readers = allowed;
    }

    void join() {
        if (followers_.size() >= 8) return;
        const auto follows = [](std::string_view topic) { return topic.starts_with('t'); };
        const bool snapshot = below(3) == 0;
        const auto shard = static_cast<std::size_t>(below(2));
        followers_.push_back(
            below(2) == 0
                ? stage_.listen({.follows = follows, .start = FromEarliest{}, .snapshot = snapshot},
                                shard)
                : stage_.listen({.follows = follows,
                                 .start = FromEarliest{},
                                 .snapshot = snapshot,
                                 .view = View{}},
                                shard));
    }

    /// Of every topic that there is now it got the last record, and each after the one before.
    bool has_all(Listener& listener) {
        if (listener.error()) FAIL(listener.error()->message);
        for (const std::string& name : names) {
            if (!is_there_[name]) continue;
            const auto& kept = stage_.broker.at(name, 0).records;
            const auto& got = listener.of(name, 0);
            if (!kept.empty() && (got.empty() || got.back() != kept.back().value)) return false;
        }
        return listener.is_live();
    }

    std::mt19937 random_;
    std::map<std::string, bool> is_there_;
    Stage stage_;
    std::vector<std::unique_ptr<Listener>> followers_;
};

TEST_CASE("whatever topics come and go, those who follow a pattern get what there is") {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Fair(seed).live(300);
    }
}

}  // namespace

}  // namespace gateway::fanout
