#include "memory/coordinator.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace gateway::memory {

Coordinator::Coordinator(Store& store, const Options& options, std::atomic<std::size_t>& members,
                         std::function<void(const std::string&)> schedule)
    : store_(store), options_(options), count_(members), schedule_(std::move(schedule)) {
    store_.on_created([this](Topic& topic) { appeared(topic); });
}

std::optional<Error> Coordinator::join(MemberId member, std::shared_ptr<Inbox> inbox,
                                       const gateway::Consumer::Options& options) {
    const auto topics = open(options);
    if (!topics) return topics.error();
    const auto starts = find_starts(options.group, *topics, options.start);
    if (!starts) return starts.error();
    if (auto error = make_room(options.group, *topics)) return error;

    Named& named = groups_[options.group];
    named.name = options.group;
    std::set<std::string> names;
    for (const auto* topic : *topics) {
        add(named.group, *topic);
        names.insert(*topic->name());
    }
    for (const auto& each : *starts) {
        named.group.start_at({each.topic, each.partition}, each.offset);
    }
    named.group.join(member, names);
    auto reader = std::make_unique<Reader>(Reader::Options{.send = [inbox](Delivery delivery) {
        inbox->post([delivery = std::move(delivery)](Inbox& to) mutable {
            to.deliver(std::move(delivery));
        });
    }});
    members_.emplace(member, Member{named, std::move(inbox), std::move(reader), options.follows});
    ++count_;
    if (named.idle) idle_.erase(*std::exchange(named.idle, std::nullopt));
    schedule(named);
    return std::nullopt;
}

void Coordinator::leave(MemberId member) {
    const auto found = members_.find(member);
    if (found == members_.end()) return;

    Named& named = found->second.named;
    members_.erase(found);
    --count_;
    named.group.leave(member);
    if (named.group.is_empty()) {
        named.idle = next_idle_++;
        idle_.emplace(*named.idle, named.name);
    } else {
        schedule(named);
    }
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

Result<std::vector<Topic*>> Coordinator::open(const gateway::Consumer::Options& options) {
    const std::set<std::string> names(options.topics.begin(), options.topics.end());
    auto topics = store_.open(names);
    if (!topics || !options.follows) return topics;
    for (auto* topic : store_.topics()) {
        if (!names.contains(*topic->name()) && options.follows(*topic->name())) {
            topics->push_back(topic);
        }
    }
    return topics;
}

void Coordinator::appeared(Topic& topic) {
    if (topic.is_internal()) return;

    std::vector<std::pair<MemberId, Error>> failed;
    for (auto& [id, member] : members_) {
        if (!member.follows || !member.follows(*topic.name())) continue;
        Named& named = member.named;
        const std::array<Topic*, 1> topics = {&topic};
        if (auto error = make_room(named.name, topics)) {
            failed.emplace_back(id, std::move(*error));
            continue;
        }
        add(named.group, topic);
        for (std::int32_t i = 0; i < topic.size(); ++i) {
            named.group.start_at({*topic.name(), i}, topic.at(i).log.begin());
        }
        named.group.follow(id, *topic.name());
        schedule(named);
    }
    for (const auto& [id, error] : failed) {
        members_.at(id).inbox->post([error = error](Inbox& to) { to.fail(error); });
        leave(id);
    }
}

Result<std::vector<Position>> Coordinator::find_starts(const std::string& group,
                                                       std::span<Topic* const> topics,
                                                       const Start& start) const {
    const StartOffsets offsets(start);
    if (auto error = offsets.check(topics)) return std::move(*error);

    const auto known = groups_.find(group);
    std::vector<Position> starts;
    for (auto* topic : topics) {
        for (std::int32_t i = 0; i < topic->size(); ++i) {
            const TopicPartition partition{*topic->name(), i};
            if (known != groups_.end() && known->second.group.position(partition)) continue;
            const auto offset = offsets.find(partition, topic->at(i).log);
            if (!offset) return offset.error();
            starts.push_back({partition.topic, partition.partition, *offset});
        }
    }
    return starts;
}

void Coordinator::add(Group& group, const Topic& topic) {
    positions_ -= group.size();
    group.add_topic(*topic.name(), topic.size());
    positions_ += group.size();
}

std::optional<Error> Coordinator::make_room(const std::string& group,
                                            std::span<Topic* const> topics) {
    const auto known = groups_.find(group);
    std::size_t positions = 0;
    for (const auto* topic : topics) {
        if (known != groups_.end() && known->second.group.position({*topic->name(), 0})) continue;
        positions += static_cast<std::size_t>(topic->size());
    }
    while (positions_ + positions > options_.max_positions) {
        const auto oldest =
            std::ranges::find_if(idle_, [&](const auto& entry) { return entry.second != group; });
        if (oldest == idle_.end()) {
            return Error(Errc::limit_reached,
                         fmt::format("consumer groups remember {} positions already "
                                     "(memory.max_positions)",
                                     positions_));
        }
        const auto forgotten = groups_.find(oldest->second);
        positions_ -= forgotten->second.group.size();
        groups_.erase(forgotten);
        idle_.erase(oldest);
    }
    return std::nullopt;
}

void Coordinator::schedule(Named& named) {
    if (!std::exchange(named.is_scheduled, true)) schedule_(named.name);
}

void Coordinator::apply(Named& named, const Group::Changes& changes) {
    for (const auto& change : changes) {
        auto& [group, inbox, reader, follows] = members_.at(change.member);
        if (!change.asked_back.empty()) {
            for (const auto& partition : change.asked_back) reader->take(partition);
            inbox->post([partitions = change.asked_back](Inbox& to) { to.revoke(partitions); });
        }
        for (const auto& partition : change.given) {
            reader->give(*store_.find(partition.topic), partition.partition,
                         named.group.position(partition).value_or(0));
        }
        if (change.is_settled) {
            reader->go_live();
            inbox->post(
                [starts = named.group.owned(change.member)](Inbox& to) { to.live(starts); });
        }
        reader->serve();
    }
}

}  // namespace gateway::memory
