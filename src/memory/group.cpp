#include "memory/group.hpp"

#include <utility>

namespace gateway::memory {

/// Gathers changes by member.
class Group::Notes {
public:
    Change& of(MemberId member) {
        auto& change = changes_[member];
        change.member = member;
        return change;
    }

    [[nodiscard]] Changes take() {
        Changes all;
        for (auto& [member, change] : changes_) all.push_back(std::move(change));
        return all;
    }

private:
    std::map<MemberId, Change> changes_;
};

void Group::add_topic(const std::string& topic, std::int32_t partitions) {
    auto& slots = topics_[topic].slots;
    if (!slots.empty()) return;
    slots.resize(static_cast<std::size_t>(partitions));
    size_ += slots.size();
}

std::optional<std::int64_t> Group::position(const TopicPartition& partition) const {
    const auto topic = topics_.find(partition.topic);
    if (topic == topics_.end()) return std::nullopt;
    return topic->second.slots.at(static_cast<std::size_t>(partition.partition)).position;
}

void Group::start_at(const TopicPartition& partition, std::int64_t offset) {
    Slot* slot = find(partition);
    if (slot && !slot->position) slot->position = offset;
}

void Group::join(MemberId member, const std::set<std::string>& topics) {
    members_[member].topics = topics;
    for (const auto& topic : topics) topics_.at(topic).members.insert(member);
}

void Group::follow(MemberId member, const std::string& topic) {
    members_.at(member).topics.insert(topic);
    topics_.at(topic).members.insert(member);
}

void Group::leave(MemberId member) {
    const auto found = members_.find(member);
    if (found == members_.end()) return;

    for (const auto& name : found->second.topics) {
        auto& topic = topics_.at(name);
        topic.members.erase(member);
        for (auto& slot : topic.slots) {
            if (slot.target == member) slot.target = nobody;
            if (slot.owner == member) {
                slot.owner = nobody;
                slot.is_asked_back = false;
            }
        }
    }
    members_.erase(found);
}

void Group::commit(MemberId member, const Position& next) {
    Slot* slot = find({next.topic, next.partition});
    if (slot && slot->owner == member && next.offset >= 0) slot->position = next.offset;
}

Group::Changes Group::rebalance() {
    keep_targets();
    for (auto& [name, topic] : topics_) fill_and_level(topic);

    Notes notes;
    for (auto& [name, topic] : topics_) {
        for (std::size_t i = 0; i < topic.slots.size(); ++i) {
            auto& slot = topic.slots[i];
            const auto index = static_cast<std::int32_t>(i);
            if (slot.target == nobody) continue;
            if (slot.owner == nobody) {
                slot.owner = slot.target;
                notes.of(slot.owner).given.push_back({name, index});
            } else if (slot.owner != slot.target || slot.is_asked_back) {
                ++members_.at(slot.target).missing;
                if (!std::exchange(slot.is_asked_back, true)) {
                    notes.of(slot.owner).asked_back.push_back({name, index});
                }
            }
        }
    }
    settle(notes);
    return notes.take();
}

Group::Changes Group::released(MemberId member, const std::vector<TopicPartition>& partitions) {
    Notes notes;
    for (const auto& partition : partitions) {
        Slot* slot = find(partition);
        if (!slot || slot->owner != member || !slot->is_asked_back) continue;
        slot->is_asked_back = false;
        slot->owner = slot->target;
        if (slot->target == nobody) continue;
        --members_.at(slot->target).missing;
        notes.of(slot->target).given.push_back(partition);
    }
    settle(notes);
    return notes.take();
}

std::vector<Position> Group::owned(MemberId member) const {
    std::vector<Position> all;
    for (const auto& [name, topic] : topics_) {
        for (std::size_t i = 0; i < topic.slots.size(); ++i) {
            const auto& slot = topic.slots[i];
            if (slot.owner != member) continue;
            all.push_back({name, static_cast<std::int32_t>(i), slot.position.value_or(0)});
        }
    }
    return all;
}

Group::Slot* Group::find(const TopicPartition& partition) {
    const auto topic = topics_.find(partition.topic);
    if (topic == topics_.end() || partition.partition < 0) return nullptr;
    auto& slots = topic->second.slots;
    const auto index = static_cast<std::size_t>(partition.partition);
    return index < slots.size() ? &slots[index] : nullptr;
}

void Group::keep_targets() {
    for (auto& [id, member] : members_) {
        member.load = 0;
        member.missing = 0;
    }
    for (auto& [name, topic] : topics_) {
        for (auto& slot : topic.slots) {
            if (slot.target != nobody) ++members_.at(slot.target).load;
        }
    }
}

void Group::fill_and_level(Topic& topic) {
    if (topic.members.empty()) return;

    std::set<std::pair<std::size_t, MemberId>> by_load;
    for (const auto id : topic.members) by_load.emplace(members_.at(id).load, id);
    const auto change_load = [&](MemberId id, std::size_t to) {
        auto& load = members_.at(id).load;
        by_load.erase({load, id});
        load = to;
        by_load.emplace(load, id);
    };

    for (auto& slot : topic.slots) {
        const auto [least, idlest] = *by_load.begin();
        if (slot.target != nobody) {
            const std::size_t load = members_.at(slot.target).load;
            if (least + 1 >= load) continue;
            change_load(slot.target, load - 1);
        }
        slot.target = idlest;
        change_load(idlest, least + 1);
    }
}

void Group::settle(Notes& notes) {
    for (auto& [id, member] : members_) {
        if (member.is_settled || member.missing > 0) continue;
        member.is_settled = true;
        notes.of(id).is_settled = true;
    }
}

}  // namespace gateway::memory
