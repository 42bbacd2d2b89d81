#include "memory/coordinator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gateway::memory {

Coordinator::Coordinator(Store& store, const Options& options,
                         std::function<void(const std::string&)> schedule)
    : store_(store), options_(options), schedule_(std::move(schedule)) {}

std::optional<Error> Coordinator::join(MemberId member, std::shared_ptr<Inbox> inbox,
                                       const gateway::Consumer::Options& options) {
    const std::set<std::string> names(options.topics.begin(), options.topics.end());
    const auto topics = open(names);
    if (!topics) return topics.error();

    std::size_t positions = 0;
    for (const auto* topic : *topics) positions += static_cast<std::size_t>(topic->size());
    if (!make_room(options.group, positions)) {
        return Error(Errc::limit_reached,
                     fmt::format("consumer groups remember {} positions already "
                                 "(memory.max_positions)",
                                 positions_));
    }

    Named& named = groups_[options.group];
    named.name = options.group;
    positions_ -= named.group.size();
    for (auto* topic : *topics) {
        named.group.add_topic(*topic->name(), topic->size());
        for (std::int32_t i = 0; i < topic->size(); ++i) {
            named.group.start_at({*topic->name(), i}, topic->at(i).log.end());
        }
    }
    positions_ += named.group.size();
    named.group.join(member, names);
    if (named.idle) idle_.erase(*std::exchange(named.idle, std::nullopt));
    members_.emplace(member, Member{named, std::make_unique<Reader>(std::move(inbox))});
    schedule(named);
    return std::nullopt;
}

bool Coordinator::leave(MemberId member) {
    const auto found = members_.find(member);
    if (found == members_.end()) return false;

    Named& named = found->second.named;
    members_.erase(found);
    named.group.leave(member);
    if (named.group.is_empty()) {
        named.idle = next_idle_++;
        idle_.emplace(*named.idle, named.name);
    } else {
        schedule(named);
    }
    return true;
}

void Coordinator::commit(MemberId member, std::span<const Position> next) {
    const auto found = members_.find(member);
    if (found == members_.end()) return;
    for (const auto& position : next) found->second.named.group.commit(member, position);
}

void Coordinator::released(MemberId member, const std::vector<TopicPartition>& partitions) {
    const auto found = members_.find(member);
    if (found == members_.end()) return;
    Named& named = found->second.named;
    apply(named, named.group.released(member, partitions));
}

void Coordinator::credit(MemberId member) {
    const auto found = members_.find(member);
    if (found == members_.end()) return;
    found->second.reader->credit();
    found->second.reader->serve();
}

void Coordinator::rebalance(const std::string& group) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return;
    found->second.is_scheduled = false;
    apply(found->second, found->second.group.rebalance());
}

void Coordinator::wake(std::span<Partition* const> partitions) {
    for (auto* partition : partitions) {
        for (auto* fetch : partition->fetches) fetch->reader.ready(*fetch);
    }
    // Only now, so that a reader of several gets one delivery.
    for (auto* partition : partitions) {
        for (auto* fetch : partition->fetches) fetch->reader.serve();
    }
}

Result<std::vector<Topic*>> Coordinator::open(const std::set<std::string>& names) {
    std::vector<Topic*> topics;
    for (const auto& name : names) {
        const auto topic = store_.open(name);
        if (!topic) {
            return Error(topic.error().code, fmt::format("{}: {}", name, topic.error().message));
        }
        topics.push_back(*topic);
    }
    return topics;
}

bool Coordinator::make_room(const std::string& group, std::size_t positions) {
    while (positions_ + positions > options_.max_positions) {
        const auto oldest =
            std::ranges::find_if(idle_, [&](const auto& entry) { return entry.second != group; });
        if (oldest == idle_.end()) return false;
        const auto forgotten = groups_.find(oldest->second);
        positions_ -= forgotten->second.group.size();
        groups_.erase(forgotten);
        idle_.erase(oldest);
    }
    return true;
}

void Coordinator::schedule(Named& named) {
    if (!std::exchange(named.is_scheduled, true)) schedule_(named.name);
}

void Coordinator::apply(Named& named, const Group::Changes& changes) {
    for (const auto& change : changes) {
        Reader& reader = *members_.at(change.member).reader;
        if (!change.asked_back.empty()) {
            for (const auto& partition : change.asked_back) reader.take(partition);
            reader.inbox().post(
                [partitions = change.asked_back](Inbox& inbox) { inbox.revoke(partitions); });
        }
        for (const auto& partition : change.given) {
            reader.give(*store_.find(partition.topic), partition.partition,
                        named.group.position(partition).value_or(0));
        }
        if (change.is_settled) {
            reader.go_live();
            reader.inbox().post([](Inbox& inbox) { inbox.live(); });
        }
        reader.serve();
    }
}

}  // namespace gateway::memory
