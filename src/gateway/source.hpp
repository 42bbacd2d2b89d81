#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "broker/consumer.hpp"
#include "gateway/broadcast.hpp"
#include "gateway/offsets.hpp"
#include "gateway/subscription_options.hpp"

namespace gateway {

struct Shard;

/// Where the records of a subscription come from: a member of a consumer group, or a broadcast.
///
/// How far everything was handled is kept here, and a member commits it. Not thread-safe.
class Source {
public:
    /// Joins the group, or opens the broadcast. Fails with what Broker::open_consumer and
    /// Broadcasts::open say. `events` must outlive it; nothing else may be called before this.
    [[nodiscard]] std::optional<Error> open(Shard& shard, const SubscriptionOptions& options,
                                            Broadcast::Events& events);

    [[nodiscard]] bool is_broadcast() const { return broadcast_ != nullptr; }

    void resume() { consumer_->resume(); }

    /// It is live, and begins there.
    void began(std::span<const Position> starts);

    /// These are another member's.
    void revoked(std::span<const TopicPartition> partitions) { reached_.drop(partitions); }

    /// Everything before these offsets is handled.
    void handled(std::span<const Position> next);
    void handled(const Range& range) { reached_.note(range.topic, range.partition, range.to); }

    /// Records that were not handed over yet are selected so from now on. Fails with not_supported
    /// if they lack what the filter looks at. May be called before `open`.
    [[nodiscard]] std::optional<Error> select(const SubscriptionOptions& options);

    /// Leaves, then calls `done`.
    void close(std::function<void()> done);

    /// Where a member that was closed stands in these topics. It may know some partitions only,
    /// and only where it was given offsets.
    [[nodiscard]] Cursor reached(const TopicChoice& topics) const;

    /// Where a broadcast that was closed goes on in these topics. Of partitions that are `unsent`
    /// not all that it handed over was handled.
    [[nodiscard]] Cursor rest(const TopicChoice& topics,
                              const std::function<bool(const Position&)>& unsent) const;

private:
    [[nodiscard]] std::optional<Error> join(Shard& shard, const SubscriptionOptions& options,
                                            Broadcast::Events& events);
    [[nodiscard]] std::optional<Error> tune_in(Shard& shard, const SubscriptionOptions& options,
                                               Broadcast::Events& events);

    std::unique_ptr<Consumer> consumer_;
    Broadcast* broadcast_ = nullptr;  ///< The consumer, if it is one.
    bool has_headers_ = false;        ///< Its records have theirs.
    Offsets reached_;
    Cursor stood_at_;  ///< A broadcast, when it was closed.
};

}  // namespace gateway
