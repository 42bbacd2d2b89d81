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
    [[nodiscard]] bool has_begun() const { return has_begun_; }

    /// What was handled of these counts no more: they are another member's, or made anew.
    void forget(std::span<const TopicPartition> partitions) { reached_.drop(partitions); }

    /// Everything before these offsets is handled.
    void handled(std::span<const Position> next);
    void handled(const Range& range) { reached_.note(range.topic, range.partition, range.to); }

    /// Records that were not handed over yet are selected so from now on. Fails with not_supported
    /// if they lack what the filter looks at. May be called before `open`.
    [[nodiscard]] std::optional<Error> select(const SubscriptionOptions& options);

    /// Leaves, then calls `done`. Of partitions that are `unsent` not all that a broadcast handed
    /// over was handled.
    void close(const std::function<bool(const Position&)>& unsent, std::function<void()> done);

    /// Where it goes on in these topics once it was closed. A member may know some partitions only,
    /// and only where it was given offsets.
    [[nodiscard]] Cursor rest(const TopicChoice& topics) const;

private:
    [[nodiscard]] std::optional<Error> join(Shard& shard, const SubscriptionOptions& options,
                                            Broadcast::Events& events);
    [[nodiscard]] std::optional<Error> tune_in(Shard& shard, const SubscriptionOptions& options,
                                               Broadcast::Events& events);
    void settle(const std::function<bool(const Position&)>& unsent);

    std::unique_ptr<Consumer> consumer_;
    Broadcast* broadcast_ = nullptr;  ///< The consumer, if it is one.
    bool has_headers_ = false;        ///< Its records have theirs.
    bool has_begun_ = false;
    Offsets reached_;
};

}  // namespace gateway
