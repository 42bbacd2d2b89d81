#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
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
/// What was handled a member commits; of a broadcast it is kept here. Not thread-safe.
class Source {
public:
    /// Joins the group, or opens the broadcast. Fails with what Broker::open_consumer and
    /// Broadcasts::open say. `events` must outlive it; nothing else may be called before this.
    [[nodiscard]] std::optional<Error> open(Shard& shard, const SubscriptionOptions& options,
                                            Broadcast::Events& events);

    [[nodiscard]] bool is_broadcast() const { return broadcast_ != nullptr; }

    void resume() { consumer_->resume(); }

    /// Everything before these offsets is handled.
    void handled(std::span<const Position> next);
    void handled(const Range& range) { reached_.note(range.topic, range.partition, range.to); }

    /// Records that were not handed over yet are selected so from now on. Fails with not_supported
    /// if they lack what the filter looks at.
    [[nodiscard]] std::optional<Error> select(const SubscriptionOptions& options);

    /// Leaves, then calls `done`.
    void close(std::function<void()> done) { consumer_->close(std::move(done)); }

    /// How far a broadcast has come in these topics.
    [[nodiscard]] Cursor reached(const TopicChoice& topics) const;

private:
    [[nodiscard]] std::optional<Error> join(Shard& shard, const SubscriptionOptions& options,
                                            Broadcast::Events& events);
    [[nodiscard]] std::optional<Error> tune_in(Shard& shard, const SubscriptionOptions& options,
                                               Broadcast::Events& events);

    std::unique_ptr<Consumer> consumer_;
    Broadcast* broadcast_ = nullptr;  ///< The consumer, if it is one.
    bool has_headers_ = false;        ///< Its records have theirs.
    Offsets reached_;
};

}  // namespace gateway
