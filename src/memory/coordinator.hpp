#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "broker/consumer.hpp"
#include "memory/group.hpp"
#include "memory/inbox.hpp"
#include "memory/locate.hpp"
#include "memory/options.hpp"
#include "memory/reader.hpp"
#include "memory/store.hpp"

namespace gateway::memory {

/// All groups and their members: gives members their partitions, and sends them what these hold.
/// Touched by the broker thread alone.
///
/// Where a group has no position yet, it gets one when a member joins that takes part in the topic:
/// as that member's options say, or the oldest record of a topic that appears later.
class Coordinator {
public:
    /// `store` and `members`, which counts them, must outlive it. `schedule` is called with a
    /// group's name when it has to be rebalanced, once until it was: later than now, so that joins
    /// in a row are one rebalance.
    Coordinator(Store& store, const Options& options, std::atomic<std::size_t>& members,
                std::function<void(const std::string&)> schedule);

    /// Adds a member. Fails with what `Store::open` says of a topic and StartOffsets of a start, or
    /// with limit_reached when all groups remember too many positions and none is idle.
    [[nodiscard]] std::optional<Error> join(MemberId member, std::shared_ptr<Inbox> inbox,
                                            const gateway::Consumer::Options& options);

    /// Nothing happens if it is no member.
    void leave(MemberId member);

    void commit(MemberId member, std::span<const Position> next);
    void released(MemberId member, const std::vector<TopicPartition>& partitions);

    /// The member took a delivery.
    void credit(MemberId member);

    void rebalance(const std::string& group);

private:
    struct Named {
        std::string name;
        Group group;
        bool is_scheduled = false;
        std::optional<std::uint64_t> idle;  ///< Its key there, while it has no members.
    };
    struct Member {
        Named& named;
        std::shared_ptr<Inbox> inbox;
        std::unique_ptr<Reader> reader;
        std::function<bool(std::string_view)> follows;
    };

    /// The topics that these options mean, those they name created if need be.
    Result<std::vector<Topic*>> open(const gateway::Consumer::Options& options);

    /// Takes in a topic that has just appeared.
    void appeared(Topic& topic);

    /// Where a group would start in those partitions that it has no position in.
    [[nodiscard]] Result<std::vector<Position>> find_starts(const std::string& group,
                                                            std::span<Topic* const> topics,
                                                            const Start& start) const;

    void add(Group& group, const Topic& topic);

    /// Forgets idle groups until this one could remember these topics. An error if that is not
    /// enough.
    [[nodiscard]] std::optional<Error> make_room(const std::string& group,
                                                 std::span<Topic* const> topics);
    void schedule(Named& named);
    void apply(Named& named, const Group::Changes& changes);

    Store& store_;
    Options options_;
    std::atomic<std::size_t>& count_;
    std::function<void(const std::string&)> schedule_;
    std::map<std::string, Named> groups_;
    std::map<std::uint64_t, std::string> idle_;  ///< Groups without members, longest idle first.
    std::uint64_t next_idle_ = 0;
    std::size_t positions_ = 0;
    std::unordered_map<MemberId, Member> members_;
};

}  // namespace gateway::memory
