#include "services/listeners.hpp"

#include <algorithm>

#include "services/event_name.hpp"

namespace gateway::services {

/// Patterns that begin alike.
struct Listeners::Node {
    Map<std::unique_ptr<Node>> next;  ///< By the next segment, "*" among them.
    Ids ends;                         ///< Whose pattern ends here.
    Ids rest;                         ///< Whose pattern has ">" here.

    [[nodiscard]] bool empty() const { return next.empty() && ends.empty() && rest.empty(); }

    void add(ListenerId listener, std::string_view pattern) {
        if (pattern.empty()) {
            ends.insert(listener);
        } else if (pattern == ">") {
            rest.insert(listener);
        } else {
            auto& node = next[std::string(take_segment(pattern))];
            if (!node) node = std::make_unique<Node>();
            node->add(listener, pattern);
        }
    }

    void remove(ListenerId listener, std::string_view pattern) {
        if (pattern.empty()) {
            ends.erase(listener);
        } else if (pattern == ">") {
            rest.erase(listener);
        } else {
            const auto node = next.find(take_segment(pattern));
            node->second->remove(listener, pattern);
            if (node->second->empty()) next.erase(node);
        }
    }

    void match(std::string_view name, std::vector<const Ids*>& out) const {
        if (name.empty()) {
            if (!ends.empty()) out.push_back(&ends);
            return;
        }
        if (!rest.empty()) out.push_back(&rest);
        const std::string_view segment = take_segment(name);
        for (const std::string_view key : {segment, std::string_view("*")}) {
            const auto node = next.find(key);
            if (node != next.end()) node->second->match(name, out);
        }
    }
};

/// Those who listen to one service, or to any.
struct Listeners::Source {
    Ids all;
    Map<Ids> exact;
    Node wild;

    [[nodiscard]] bool empty() const { return all.empty() && exact.empty() && wild.empty(); }

    void match(std::string_view name, std::vector<const Ids*>& out) const {
        if (!all.empty()) out.push_back(&all);
        if (const auto found = exact.find(name); found != exact.end()) {
            out.push_back(&found->second);
        }
        wild.match(name, out);
    }
};

Listeners::Listeners() = default;

Listeners::~Listeners() = default;

bool Listeners::add(ListenerId listener, const Wanted& wanted) {
    if (!wanted_[listener].insert(wanted).second) return false;
    auto& source = sources_[wanted.service];
    if (!source) source = std::make_unique<Source>();
    if (wanted.pattern.empty()) {
        source->all.insert(listener);
    } else if (is_wild(wanted.pattern)) {
        source->wild.add(listener, wanted.pattern);
    } else {
        source->exact[wanted.pattern].insert(listener);
    }
    return true;
}

bool Listeners::remove(ListenerId listener, const Wanted& wanted) {
    const auto found = wanted_.find(listener);
    if (found == wanted_.end() || found->second.erase(wanted) == 0) return false;
    if (found->second.empty()) wanted_.erase(found);
    forget(listener, wanted);
    return true;
}

void Listeners::remove(ListenerId listener) {
    const auto all = wanted_.extract(listener);
    if (!all) return;
    for (const Wanted& wanted : all.mapped()) forget(listener, wanted);
}

void Listeners::forget(ListenerId listener, const Wanted& wanted) {
    const auto found = sources_.find(wanted.service);
    Source& source = *found->second;
    if (wanted.pattern.empty()) {
        source.all.erase(listener);
    } else if (is_wild(wanted.pattern)) {
        source.wild.remove(listener, wanted.pattern);
    } else {
        const auto exact = source.exact.find(wanted.pattern);
        exact->second.erase(listener);
        if (exact->second.empty()) source.exact.erase(exact);
    }
    if (source.empty()) sources_.erase(found);
}

std::size_t Listeners::count(ListenerId listener) const {
    const auto found = wanted_.find(listener);
    return found == wanted_.end() ? 0 : found->second.size();
}

void Listeners::match(std::string_view service, std::string_view name,
                      std::vector<ListenerId>& out) const {
    std::vector<const Ids*> found;
    const auto look = [&](std::string_view of) {
        const auto source = sources_.find(of);
        if (source != sources_.end()) source->second->match(name, found);
    };
    look({});
    if (!service.empty()) look(service);
    out.clear();
    for (const Ids* ids : found) out.insert(out.end(), ids->begin(), ids->end());
    if (found.size() < 2) return;
    std::ranges::sort(out);
    const auto twice = std::ranges::unique(out);
    out.erase(twice.begin(), twice.end());
}

}  // namespace gateway::services
