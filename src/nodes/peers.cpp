#include "nodes/peers.hpp"

#include <algorithm>
#include <tuple>

#include "wire/escape.hpp"
#include "wire/reply.hpp"

namespace gateway::nodes {

Peers::Change Peers::tell(const Announcement& told, Timestamp now) {
    const auto found = all_.find(told.process);
    const Peer peer{told, now, now + intervals_of_silence * told.interval};
    if (told.is_leaving) {
        if (found != all_.end()) all_.erase(found);
        return Change::none;
    }
    if (found != all_.end()) {
        found->second = peer;
        return Change::none;
    }
    if (is_replaced(told)) return Change::none;
    std::erase_if(all_, [&](const auto& each) { return each.second.told.queue == told.queue; });
    if (all_.size() >= limit_) return Change::is_one_too_many;
    all_.emplace(told.process, peer);
    return Change::is_new;
}

bool Peers::is_replaced(const Announcement& told) const {
    return std::any_of(all_.begin(), all_.end(), [&told](const auto& each) {
        const Announcement& other = each.second.told;
        return other.queue == told.queue &&
               std::tie(other.since, other.process) > std::tie(told.since, told.process);
    });
}

void Peers::forget(std::string_view process) {
    const auto found = all_.find(process);
    if (found != all_.end()) all_.erase(found);
}

void Peers::expire(Timestamp now) {
    std::erase_if(all_, [now](const auto& each) { return now > each.second.deadline; });
}

void Peers::excuse(Timestamp time) {
    for (auto& [process, peer] : all_) peer.deadline += time;
}

const Peers::Peer* Peers::find(std::string_view process) const {
    const auto found = all_.find(process);
    return found == all_.end() ? nullptr : &found->second;
}

void append_peer(std::string& out, const Peers::Peer& peer, bool is_self) {
    out += R"({"node":)";
    append_string(out, peer.told.node);
    out += R"(,"process":)";
    append_string(out, peer.told.process);
    out += R"(,"queue":)";
    append_string(out, peer.told.queue);
    out += R"(,"since":)";
    append_number(out, peer.told.since);
    out += R"(,"seen":)";
    append_number(out, peer.seen);
    out += is_self ? R"(,"self":true})" : "}";
}

}  // namespace gateway::nodes
