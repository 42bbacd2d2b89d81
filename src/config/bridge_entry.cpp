#include "config/bridge_entry.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/suggestion.hpp"
#include "config/units.hpp"

namespace gateway::config {
namespace {

using bridges::Options;

unsigned credit_of(const Node& node) {
    constexpr unsigned most = 1'000'000;
    const auto number = parse_number(node.name());
    if (!number || *number < 1 || *number > most) {
        node.fail(fmt::format("must be a number from 1 to {}", most));
    }
    return static_cast<unsigned>(*number);
}

struct Word {
    std::string_view name;
    void (*read)(const Node&, Options&);
};

constexpr Word words[] = {
    {"service", [](const Node& node, Options& bridge) { bridge.service = node.name(); }},
    {"broker", [](const Node& node, Options& bridge) { bridge.broker = node.name(); }},
    {"requests", [](const Node& node, Options& bridge) { bridge.requests = node.name(); }},
    {"replies", [](const Node& node, Options& bridge) { bridge.replies = node.name(); }},
    {"credit", [](const Node& node, Options& bridge) { bridge.credit = credit_of(node); }},
};

Options read_entry(const Node& node) {
    Options bridge{.where = node.where()};
    for (const auto& [key, member] : node.members()) {
        const auto word = std::ranges::find(words, key, &Word::name);
        if (word == std::end(words)) {
            std::vector<std::string> known;
            for (const Word& each : words) known.emplace_back(each.name);
            member.fail(fmt::format("there is no such key of a bridge{}", suggestion(key, known)));
        }
        word->read(member, bridge);
    }
    if (bridge.service.empty()) node.fail("lacks the name of its service");
    if (bridge.requests.empty()) {
        node.fail("lacks its requests: the topic or the queue that the service reads");
    }
    if (bridge.requests == bridge.replies) {
        node.fail("reads its replies where its requests go: each would be its own answer");
    }
    return bridge;
}

}  // namespace

std::vector<Options> read_bridges(const Node& node) {
    std::vector<Options> bridges;
    for (const Node& element : node.elements()) bridges.push_back(read_entry(element));
    return bridges;
}

}  // namespace gateway::config
