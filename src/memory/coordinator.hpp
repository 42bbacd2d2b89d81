#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"
#include "broker/consumer.hpp"
#include "memory/group.hpp"
#include "memory/inbox.hpp"
#include "memory/options.hpp"
#include "memory/reader.hpp"
#include "memory/store.hpp"

namespace gateway::memory {

/// All groups and their members: gives members their partitions, and sends them what these hold.
/// Touched by the broker thread alone.
class Coordinator {
public:
    /// `store` must outlive it. `schedule` is called with a group's name when it has to be
    /// rebalanced, once until it was: later than now, so that joins in a row are one rebalance.
    Coordinator(Store& store, const Options& options,
                std::function<void(const std::string&)> schedule);

    /// Adds a member. Fails with what `Store::open` says of a topic, or with limit_reached when all
    /// groups remember too many positions and none is idle.
    [[nodiscard]] std::optional<Error> join(MemberId member, std::shared_ptr<Inbox> inbox,
                                            const gateway::Consumer::Options& options);

    /// False if it is no member.
    bool leave(MemberId member);

    void commit(MemberId member, std::span<const Position> next);
    void released(MemberId member, const std::vector<TopicPartition>& partitions);

    /// The member took a delivery.
    void credit(MemberId member);

    void rebalance(const std::string& group);

    /// Sends what was written to these partitions to who reads them.
    void wake(std::span<Partition* const> partitions);

private:
    struct Named {
        std::string name;
        Group group;
        bool is_scheduled = false;
        std::optional<std::uint64_t> idle;  ///< Its key there, while it has no members.
    };
    struct Member {
        Named& named;
        std::unique_ptr<Reader> reader;
    };

    Result<std::vector<Topic*>> open(const std::set<std::string>& names);
    [[nodiscard]] bool make_room(const std::string& group, std::size_t positions);
    void schedule(Named& named);
    void apply(Named& named, const Group::Changes& changes);

    Store& store_;
    Options options_;
    std::function<void(const std::string&)> schedule_;
    std::map<std::string, Named> groups_;
    std::map<std::uint64_t, std::string> idle_;  ///< Groups without members, longest idle first.
    std::uint64_t next_idle_ = 0;
    std::size_t positions_ = 0;
    std::unordered_map<MemberId, Member> members_;
};

}  // namespace gateway::memory
