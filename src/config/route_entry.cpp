#include "config/route_entry.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/suggestion.hpp"

namespace gateway::config {
namespace {

using routing::RouteOptions;
using Target = RouteOptions::Target;

// The exchange alone may have an empty name.
bool has_target(const RouteOptions& options) {
    return !options.name.empty() || options.target == Target::exchange;
}

void set_target(const Node& node, Target target, RouteOptions& options) {
    if (has_target(options)) node.fail("is a second target; a route has one");
    const bool is_default_exchange =
        target == Target::exchange && !node.is_null() && node.text().empty();
    options.target = target;
    if (!is_default_exchange) options.name = node.name();
}

struct Word {
    std::string_view name;
    void (*read)(const Node&, RouteOptions&);
};

// Where a message goes: also within `route`.
constexpr Word targets[] = {
    {"broker", [](const Node& node, RouteOptions& route) { route.broker = node.name(); }},
    {"queue",
     [](const Node& node, RouteOptions& route) { set_target(node, Target::queue, route); }},
    {"topic",
     [](const Node& node, RouteOptions& route) { set_target(node, Target::topic, route); }},
    {"exchange",
     [](const Node& node, RouteOptions& route) { set_target(node, Target::exchange, route); }},
    {"routing_key", [](const Node& node, RouteOptions& route) { route.routing_key = node.name(); }},
    {"encoder", [](const Node& node, RouteOptions& route) { route.encoder = node.name(); }},
};

// Which messages it takes.
constexpr Word conditions[] = {
    {"field", [](const Node& node, RouteOptions& route) { route.field = node.name(); }},
    {"value", [](const Node& node, RouteOptions& route) { route.value = node.json(); }},
    {"filter", [](const Node& node, RouteOptions& route) { route.filter = node.json(); }},
    {"default", [](const Node& node, RouteOptions& route) { route.is_default = node.flag(); }},
};

template <typename Words>
bool read_word(const Words& words, std::string_view key, const Node& node, RouteOptions& route) {
    const auto word = std::ranges::find(words, key, &Word::name);
    if (word == std::end(words)) return false;
    word->read(node, route);
    return true;
}

[[noreturn]] void refuse(const Node& node, std::string_view key, bool is_nested) {
    std::vector<std::string> known;
    for (const Word& word : targets) known.emplace_back(word.name);
    if (!is_nested) {
        known.emplace_back("route");
        for (const Word& word : conditions) known.emplace_back(word.name);
    }
    node.fail(fmt::format("there is no such key of a route{}", suggestion(key, known)));
}

RouteOptions read_entry(const Node& node) {
    RouteOptions route{.where = node.where()};
    for (const auto& [key, member] : node.members()) {
        if (key == "route") {
            for (const auto& [name, target] : member.members()) {
                if (!read_word(targets, name, target, route)) refuse(target, name, true);
            }
        } else if (!read_word(targets, key, member, route) &&
                   !read_word(conditions, key, member, route)) {
            refuse(member, key, false);
        }
    }
    if (!has_target(route)) node.fail("lacks a target: a queue, a topic or an exchange");
    if (route.field.empty() != route.value.empty()) {
        node.fail(route.field.empty() ? "has a value and no field" : "has a field and no value");
    }
    return route;
}

}  // namespace

std::vector<RouteOptions> read_routes(const Node& node) {
    std::vector<RouteOptions> routes;
    for (const Node& element : node.elements()) routes.push_back(read_entry(element));
    return routes;
}

}  // namespace gateway::config
