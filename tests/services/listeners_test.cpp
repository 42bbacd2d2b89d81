#include "services/listeners.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "services/event_name.hpp"

using namespace gateway::services;

namespace {

using Numbers = std::vector<unsigned>;

Numbers reached(const Listeners& listeners, std::string_view service, std::string_view name) {
    std::vector<ListenerId> ids;
    listeners.match(service, name, ids);
    Numbers numbers;
    for (const ListenerId id : ids) numbers.push_back(static_cast<unsigned>(id));
    std::ranges::sort(numbers);
    return numbers;
}

bool add(Listeners& listeners, unsigned id, std::string service, std::string pattern) {
    return listeners.add(ListenerId{id}, {std::move(service), std::move(pattern)});
}

TEST_CASE("an event reaches those who named it, its service, or both") {
    Listeners listeners;
    CHECK(add(listeners, 1, "", "tick"));
    CHECK(add(listeners, 2, "clock", ""));
    CHECK(add(listeners, 3, "clock", "tick"));
    CHECK(add(listeners, 4, "other", "tick"));
    CHECK(add(listeners, 5, "", "tock"));
    CHECK(reached(listeners, "clock", "tick") == Numbers{1, 2, 3});
    CHECK(reached(listeners, "", "tick") == Numbers{1});
    CHECK(reached(listeners, "clock", "tock") == Numbers{2, 5});
    CHECK(reached(listeners, "clock", "tick.tock") == Numbers{2});
    CHECK(reached(listeners, "nobody", "nothing").empty());
}

TEST_CASE("a star is one segment, and an arrow is all that follow") {
    Listeners listeners;
    for (const auto& [id, pattern] : std::map<unsigned, std::string>{{1, "*"},
                                                                     {2, ">"},
                                                                     {3, "a.*"},
                                                                     {4, "a.>"},
                                                                     {5, "*.b"},
                                                                     {6, "a.*.c"},
                                                                     {7, "*.*.>"},
                                                                     {8, "a.b"}}) {
        CHECK(add(listeners, id, "", pattern));
    }
    CHECK(reached(listeners, "", "a") == Numbers{1, 2});
    CHECK(reached(listeners, "", "a.b") == Numbers{2, 3, 4, 5, 8});
    CHECK(reached(listeners, "", "a.b.c") == Numbers{2, 4, 6, 7});
    CHECK(reached(listeners, "", "x.y.c") == Numbers{2, 7});
}

TEST_CASE("an event reaches one who listens in several ways once") {
    Listeners listeners;
    for (const char* pattern : {"a.b", "a.*", "a.>", "*.b", ">"})
        CHECK(add(listeners, 1, "", pattern));
    CHECK(add(listeners, 1, "s", ""));
    CHECK(reached(listeners, "s", "a.b") == Numbers{1});
    CHECK(listeners.count(ListenerId{1}) == 6);
}

TEST_CASE("what is taken back is heard no more, and the rest is") {
    Listeners listeners;
    CHECK(add(listeners, 1, "", "a"));
    CHECK_FALSE(add(listeners, 1, "", "a"));
    CHECK(add(listeners, 1, "", "a.*"));
    CHECK(add(listeners, 2, "", "a.*"));
    CHECK_FALSE(listeners.remove(ListenerId{1}, {"", "a.b"}));
    CHECK_FALSE(listeners.remove(ListenerId{3}, {"", "a"}));
    CHECK(listeners.remove(ListenerId{1}, {"", "a.*"}));
    CHECK(reached(listeners, "", "a.b") == Numbers{2});
    CHECK(reached(listeners, "", "a") == Numbers{1});
    listeners.remove(ListenerId{2});
    CHECK(reached(listeners, "", "a.b").empty());
    CHECK_FALSE(listeners.empty());
    listeners.remove(ListenerId{1});
    CHECK(listeners.empty());
}

/// By its definition, segment by segment.
bool fits(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return true;
    while (!pattern.empty() && !name.empty()) {
        const std::string_view wanted = take_segment(pattern);
        if (wanted == ">") return true;
        const std::string_view segment = take_segment(name);
        if (wanted != "*" && wanted != segment) return false;
    }
    return pattern.empty() && name.empty();
}

TEST_CASE("whatever is added and removed, an event reaches just those whom it fits") {
    std::mt19937 random(7);
    const auto pick = [&](auto... of) {
        const std::vector<std::string> all{of...};
        return all[random() % all.size()];
    };
    const auto join = [&](auto segment) {
        std::string out = segment();
        for (unsigned more = random() % 3; more > 0; --more) out += "." + segment();
        return out;
    };
    Listeners listeners;
    std::set<std::pair<unsigned, Wanted>> model;
    for (int step = 0; step < 20000; ++step) {
        const unsigned id = random() % 8;
        std::string pattern = join([&] { return pick("a", "b", "*"); });
        if (random() % 4 == 0) pattern += ".>";
        if (random() % 8 == 0) pattern.clear();
        const Wanted wanted{pick("", "s", "t"), pattern};
        if (random() % 3 > 0) {
            CHECK(listeners.add(ListenerId{id}, wanted) == model.emplace(id, wanted).second);
        } else if (random() % 8 > 0) {
            CHECK(listeners.remove(ListenerId{id}, wanted) == (model.erase({id, wanted}) == 1));
        } else {
            listeners.remove(ListenerId{id});
            std::erase_if(model, [&](const auto& entry) { return entry.first == id; });
        }
        const std::string service = pick("", "s", "t");
        const std::string name = join([&] { return pick("a", "b"); });
        std::set<unsigned> expected;
        for (const auto& [who, what] : model) {
            const bool is_source = what.service.empty() || what.service == service;
            if (is_source && fits(what.pattern, name)) expected.insert(who);
        }
        REQUIRE(reached(listeners, service, name) == Numbers(expected.begin(), expected.end()));
    }
    CHECK(listeners.empty() == model.empty());
}

}  // namespace
