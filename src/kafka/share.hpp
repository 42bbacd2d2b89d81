#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>

#include <asio/steady_timer.hpp>

#include "kafka/handle.hpp"
#include "kafka/locator.hpp"
#include "kafka/member.hpp"
#include "kafka/subscription.hpp"

namespace gateway::kafka {

/// The partitions that its group gives a member: it answers each rebalance.
///
/// A partition is taken back from Delivery before librdkafka gives it up, and is Delivery's before
/// librdkafka fetches from it. A part of `member`, on its strand.
class Share {
public:
    /// `assigned` is called whenever Delivery was given partitions, or none.
    Share(Member& member, const Subscription& subscription, std::function<void()> assigned);

    void rebalance(rd_kafka_event_t* event);

    /// The group has committed these.
    void committed(const rd_kafka_topic_partition_list_t* list);

    /// Changes with each rebalance.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    /// Gives up what it was about to take or to give up: before the group is left.
    void let_go();

    /// Waits for nothing any more.
    void stop() { retry_timer_.cancel(); }

private:
    /// It starts at its oldest record, whatever the member asked for.
    [[nodiscard]] bool is_new(const TopicPartition& partition) const;

    void assign(Partitions partitions);
    void find_starts();
    void take_starts(const Locator::Answer& answer);
    void assign_from(std::span<const Position> starts);
    void revoke(Partitions partitions);
    void give_up_revoked();

    Member& member_;
    const Subscription& subscription_;
    std::function<void()> assigned_;
    Partitions assigning_;  ///< Assigned by the group, and their starts are not known yet.
    Partitions revoking_;   ///< Delivery is giving them up.
    /// What the group committed goes with its topic alone, as long as it has members.
    std::set<TopicPartition> committed_;
    std::uint64_t version_ = 0;
    int attempts_ = 0;
    asio::steady_timer retry_timer_;
};

}  // namespace gateway::kafka
