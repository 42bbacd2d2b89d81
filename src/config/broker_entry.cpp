#include "config/broker_entry.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/broker_options.hpp"
#include "config/error.hpp"
#include "config/key_types.hpp"

namespace gateway::config {
namespace {

constexpr std::string_view group = "brokers.";

/// The entry that `key` begins with the name of, the longest such name; null if there is none.
/// `spelled` says how a name is spelled there.
template <typename Entries, typename Spelled>
auto* entry_of(Entries& entries, std::string_view key, Spelled spelled) {
    decltype(&entries.front()) found = nullptr;
    for (auto& entry : entries) {
        const bool is_longer = !found || entry.name.size() > found->name.size();
        if (is_longer && key.starts_with(spelled(entry.name))) found = &entry;
    }
    return found;
}

std::string key_prefix(const std::string& name) { return fmt::format("{}{}.", group, name); }

std::string variable_prefix(const std::string& name) { return variable_of(key_prefix(name)); }

std::string names_of(const std::vector<BrokerEntry>& entries) {
    std::string names;
    for (const BrokerEntry& entry : entries) {
        names.append(names.empty() ? "" : ", ").append(entry.name);
    }
    return names;
}

/// Puts what stands under `node` among the settings, maps in maps as keys with dots.
void flatten(const Node& node, const std::string& key, std::vector<Setting>& settings) {
    if (!node.is_map()) {
        const auto value = node.is_null() ? std::nullopt : std::optional(node.text());
        settings.push_back({.key = key, .value = value, .where = node.where()});
        return;
    }
    for (const auto& [name, member] : node.members()) {
        flatten(member, fmt::format("{}.{}", key, name), settings);
    }
}

std::string checked(const Node& node, const Type<std::string>& type) {
    const std::string value = node.text();
    if (!type.parse(value)) node.fail(fmt::format("\"{}\" is not {}", value, type.allowed));
    return value;
}

/// `kind` is empty where the entry is to say it.
BrokerEntry read_entry(const Node& node, std::string kind) {
    BrokerEntry entry{.name = {}, .kind = std::move(kind), .where = node.where(), .settings = {}};
    for (const auto& [key, member] : node.members()) {
        if (key == "name") {
            entry.name = checked(member, name());
        } else if (key == "kind") {
            entry.kind = member.text();
            if (std::ranges::count(broker_kinds(), entry.kind) == 0) {
                member.fail(fmt::format("\"{}\" is not one of {}", entry.kind,
                                        fmt::join(broker_kinds(), ", ")));
            }
        } else if (key == "default") {
            entry.is_default = member.flag();
        } else {
            flatten(member, key, entry.settings);
        }
    }
    if (entry.name.empty()) node.fail("lacks a name");
    if (entry.kind.empty()) {
        node.fail(fmt::format("lacks a kind, one of {}", fmt::join(broker_kinds(), ", ")));
    }
    return entry;
}

void check_together(const std::vector<BrokerEntry>& entries) {
    const BrokerEntry* standard = nullptr;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const BrokerEntry& entry = entries[i];
        const auto same =
            std::find_if(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const BrokerEntry& other) { return other.name == entry.name; });
        if (same != entries.begin() + static_cast<std::ptrdiff_t>(i)) {
            throw Error(fmt::format("{}: the name {} is there twice", entry.where, entry.name));
        }
        if (!entry.is_default) continue;
        if (standard) {
            throw Error(fmt::format("{}: {} is the default already", entry.where, standard->name));
        }
        standard = &entry;
    }
}

}  // namespace

std::vector<BrokerEntry> read_brokers(const Node& node) {
    std::vector<BrokerEntry> entries;
    if (node.is_map()) {
        for (const auto& [kind, list] : node.members()) {
            if (std::ranges::count(broker_kinds(), kind) == 0) {
                list.fail(fmt::format("is no kind of broker; there are {}",
                                      fmt::join(broker_kinds(), ", ")));
            }
            for (const Node& element : list.elements()) {
                entries.push_back(read_entry(element, kind));
            }
        }
    } else {
        for (const Node& element : node.elements()) entries.push_back(read_entry(element, ""));
    }
    check_together(entries);
    return entries;
}

bool is_of_broker(std::string_view key) { return key.starts_with(group); }

void change(std::vector<BrokerEntry>& entries, const Setting& setting) {
    BrokerEntry* const entry = entry_of(entries, setting.key, key_prefix);
    if (!entry) {
        throw Error(fmt::format("{}: the file's brokers have none of this name; they are {}",
                                setting.where, entries.empty() ? "none" : names_of(entries)));
    }
    Setting own = setting;
    own.key.erase(0, key_prefix(entry->name).size());
    entry->settings.push_back(std::move(own));
}

std::string key_of_variable(const std::vector<BrokerEntry>& entries, std::string_view variable) {
    const BrokerEntry* const entry = entry_of(entries, variable, variable_prefix);
    if (!entry) return {};
    const std::string suffix(variable.substr(variable_prefix(entry->name).size()));
    for (const std::string& word : words_of(entry->kind)) {
        if (variable_of(word) == variable_of("") + suffix) return key_prefix(entry->name) + word;
    }
    return key_prefix(entry->name) + property_of(suffix);
}

}  // namespace gateway::config
