#include <algorithm>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fanout/fanout.hpp"
#include "fanout/stage.hpp"
#include "filter/filter.hpp"

namespace gateway::fanout {

namespace {

constexpr std::int32_t partitions = 3;
const std::vector<std::string> keys{"a", "b", "c", "d"};

struct Sent {
    std::int64_t offset;
    std::optional<std::string> key;
};

/// What a subscriber wants to see, asked without what is tested.
struct Wish {
    std::optional<std::vector<std::string>> keys{};
    std::optional<std::int32_t> elsewhere{};  ///< Not this partition's.
    bool with_b = false;                      ///< Only with a key that begins with b.

    [[nodiscard]] bool is_for(const Sent& sent, std::int32_t partition) const {
        if (keys && (!sent.key || std::ranges::find(*keys, *sent.key) == keys->end())) return false;
        if (elsewhere == partition) return false;
        return !with_b || (sent.key && sent.key->starts_with('b'));
    }

    [[nodiscard]] std::string filter() const {
        if (elsewhere) return fmt::format(R"({{"$partition":{{"ne":{}}}}})", *elsewhere);
        return with_b ? R"({"$key":{"prefix":"b"}})" : "";
    }
};

/// A long and random life of one topic and those who follow it.
class Life {
public:
    explicit Life(std::uint32_t seed) : random_(seed), stage_(options()) {
        stage_.broker.create("t", partitions);
    }

    void live(int turns) {
        for (int i = 0; i < turns; ++i) {
            turn();
            check_losses();
        }
        for (std::int32_t i = 0; i < partitions; ++i) stage_.broker.at("t", i).is_dead = false;
        for (auto& each : followers_) each.listener->appetite = [](std::size_t all) { return all; };
        for (int i = 0; i < 3; ++i) {
            for (auto& each : followers_) each.listener->resume();
            locate();
            stage_.run();
            check_losses();
        }
        for (auto& each : followers_) check(each);
    }

private:
    struct Follower {
        std::unique_ptr<Listener> listener;
        Start start;
        std::vector<Position> starts;  ///< What that was when the broker was asked.
        std::size_t losses = 0;        ///< That were looked at.

        /// What it has wanted of a partition, each from an offset on.
        std::map<std::int32_t, std::vector<std::pair<std::int64_t, Wish>>> wishes;
    };

    int below(int limit) { return std::uniform_int_distribution<>(0, limit - 1)(random_); }

    fanout::Options options() {
        auto options = Stage::quick();
        options.ring_records = static_cast<std::size_t>(5 + below(40));
        options.max_batch_bytes = static_cast<std::size_t>(200 + below(2000));
        options.max_catch_ups = static_cast<std::size_t>(1 + below(3));
        options.max_views = static_cast<std::size_t>(below(5));
        if (below(2) == 0) options.ring_bytes = static_cast<std::size_t>(3000 + below(20000));
        return options;
    }

    void turn() {
        auto& broker = stage_.broker;
        const std::int32_t partition = below(partitions);
        switch (below(13)) {
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
                return settle();
            case 12:
                if (!followers_.empty()) change_view(followers_[pick()]);
                return;
            case 9:
                for (auto& each : followers_) each.listener->resume();
                return;
            default:
                if (broker.readers() > 0) {
                    broker.step(static_cast<std::size_t>(below(static_cast<int>(broker.readers()))),
                                static_cast<std::size_t>(1 + below(15)));
                }
                if (below(2) == 0) settle();
        }
    }

    void settle() {
        locate();
        stage_.settle();
    }

    /// The broker will say where they start, before anything else happens to it.
    void locate() {
        for (auto& each : followers_) {
            if (!each.starts.empty()) continue;
            for (std::int32_t i = 0; i < partitions; ++i) {
                each.starts.push_back({"t", i, offset_of(each.start, i)});
            }
        }
    }

    std::int64_t offset_of(const Start& start, std::int32_t partition) {
        const auto& at = stage_.broker.at("t", partition);
        if (std::holds_alternative<FromEarliest>(start)) return at.earliest;
        if (const auto* cursor = std::get_if<Cursor>(&start)) {
            return cursor->at(static_cast<std::size_t>(partition)).offset;
        }
        const auto* last = std::get_if<FromLast>(&start);
        return std::max(at.earliest, at.next - (last ? last->offsets : 0));
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
        const Wish wish = any_wish();
        options.view = view_of(wish);
        follower.start = options.start;
        for (std::int32_t i = 0; i < partitions; ++i) follower.wishes[i].push_back({0, wish});
        follower.listener = stage_.listen(std::move(options), static_cast<std::size_t>(below(2)));
        followers_.push_back(std::move(follower));
    }

    Wish any_wish() {
        Wish wish;
        if (below(2) == 0) {
            wish.keys.emplace();
            for (const auto& key : keys) {
                if (below(2) == 0) wish.keys->push_back(key);
            }
        }
        if (below(4) == 0) wish.elsewhere = below(partitions);
        wish.with_b = !wish.elsewhere && below(4) == 0;
        return wish;
    }

    std::optional<View> view_of(const Wish& wish) {
        const std::string text = wish.filter();
        if (!wish.keys && text.empty() && below(3) == 0) return std::nullopt;
        View view{.keys = wish.keys, .as_records = below(3) == 0};
        if (!text.empty()) {
            auto filter = Filter::compile(text, {});
            REQUIRE(filter.has_value());
            view.filter = *filter;
        }
        return view;
    }

    /// What was handed over before it was seen by the former view.
    void change_view(Follower& follower) {
        const Wish wish = any_wish();
        for (const Position& reached : follower.listener->position()) {
            const auto& got = follower.listener->of("t", reached.partition);
            if (!got.empty()) REQUIRE(reached.offset > offset_in(got.back()));
            REQUIRE(reached.offset <= stage_.broker.at("t", reached.partition).next);
            follower.wishes[reached.partition].push_back({reached.offset, wish});
        }
        if (follower.listener->position().empty()) {
            for (auto& [partition, wishes] : follower.wishes) wishes = {{0, wish}};
        }
        follower.listener->change(view_of(wish));
    }

    static std::int64_t offset_in(const std::string& value) {
        return std::stoll(value.substr(value.rfind('/') + 1));
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
                           sent.offset < lost.next;
                });
            if (is_lost) continue;
            const Wish* wish = nullptr;
            for (const auto& [from, each] : follower.wishes.at(start.partition)) {
                if (from <= sent.offset) wish = &each;
            }
            if (!wish->is_for(sent, start.partition)) continue;
            all.push_back(fmt::format("t/{}/{}", start.partition, sent.offset));
        }
        return all;
    }

    /// What is lost is wanted, and not kept any more.
    void check_losses() {
        for (auto& each : followers_) {
            const auto& losses = each.listener->losses();
            for (; each.losses < losses.size(); ++each.losses) {
                const Lost& lost = losses[each.losses];
                const auto at = static_cast<std::size_t>(lost.partition);
                REQUIRE(lost.wanted >= each.starts.at(at).offset);
                REQUIRE(lost.next <= stage_.broker.at("t", lost.partition).earliest);
            }
        }
    }

    /// Nothing is lost twice.
    static void check_losses(const Listener& listener) {
        std::map<std::int32_t, std::int64_t> ends;
        for (const Lost& lost : listener.losses()) {
            auto& end = ends[lost.partition];
            REQUIRE(lost.wanted >= end);
            REQUIRE(lost.next > lost.wanted);
            end = lost.next;
        }
    }

    void check(Follower& follower) {
        check_losses(*follower.listener);
        REQUIRE(follower.listener->is_live());
        REQUIRE_FALSE(follower.listener->error().has_value());
        REQUIRE(follower.listener->starts() == follower.starts);
        for (const Position& start : follower.starts) {
            REQUIRE(follower.listener->of("t", start.partition) == expected(follower, start));
        }
    }

    /// It has a beginning of that.
    void check_so_far(Follower& follower) {
        for (const Position& start : follower.starts) {
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
