#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/record.hpp"

namespace gateway::memory {

using MemberId = std::uint64_t;

/// A consumer group: who its members are, which partition is whose, and what was committed.
///
/// Partitions are spread evenly over the members that name their topic, moving as few as
/// possible. A partition moves in two steps: its owner is told to let go, and only when it has
/// (`released` or `leave`) the next one gets it. Positions outlive the members.
///
/// Owns no thread and sends nothing: it returns what is to be told.
class Group {
public:
    /// What changed for one member.
    struct Change {
        MemberId member = 0;
        std::vector<TopicPartition> given;
        std::vector<TopicPartition> asked_back;  ///< To be `released`.
        bool is_settled = false;  ///< It has, for the first time, all that is meant for it.
    };
    using Changes = std::vector<Change>;

    /// Makes a topic known; nothing happens if it is. Its partitions have no position yet.
    void add_topic(const std::string& topic, std::int32_t partitions);

    /// Where the group goes on in a partition; nothing while that was never said.
    [[nodiscard]] std::optional<std::int64_t> position(const TopicPartition& partition) const;

    /// Says where the group goes on, as long as nothing is known.
    void start_at(const TopicPartition& partition, std::int64_t offset);

    /// Adds a member, whose topics must be known. It gets nothing before `rebalance`.
    void join(MemberId member, const std::set<std::string>& topics);

    /// From now on the member takes part in this topic, which must be known, too.
    void follow(MemberId member, const std::string& topic);

    /// Removes a member. What it had is free until `rebalance`.
    void leave(MemberId member);

    /// Moves a position, if the partition is the member's, or still is while it is asked back.
    void commit(MemberId member, const Position& next);

    /// Decides anew whose each partition should be.
    [[nodiscard]] Changes rebalance();

    /// The member has let go of what it was asked for.
    [[nodiscard]] Changes released(MemberId member, const std::vector<TopicPartition>& partitions);

    /// What is the member's, in order, and where it goes on there.
    [[nodiscard]] std::vector<Position> owned(MemberId member) const;

    [[nodiscard]] bool is_empty() const { return members_.empty(); }

    /// How many partitions it remembers.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    static constexpr MemberId nobody = 0;

    struct Slot {
        std::optional<std::int64_t> position;
        MemberId owner = nobody;
        MemberId target = nobody;
        bool is_asked_back = false;
    };
    struct Topic {
        std::vector<Slot> slots;
        std::set<MemberId> members;
    };
    struct Member {
        std::set<std::string> topics;
        std::size_t load = 0;     ///< Partitions meant for it.
        std::size_t missing = 0;  ///< Of these, the ones it does not have yet.
        bool is_settled = false;
    };
    class Notes;

    [[nodiscard]] Slot* find(const TopicPartition& partition);
    void keep_targets();
    void fill_and_level(Topic& topic);
    void settle(Notes& notes);

    std::map<std::string, Topic> topics_;
    std::map<MemberId, Member> members_;
    std::size_t size_ = 0;
};

}  // namespace gateway::memory
