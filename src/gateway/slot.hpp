#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "gateway/outlet.hpp"
#include "gateway/subscription.hpp"

namespace gateway {

struct Shard;

/// One name's place on a connection: the subscription that is there, and the one that follows it
/// once it has left.
///
/// Lives on the session's executor.
class Slot final : private Subscription::Owner {
public:
    /// Where the partitions began, or why it failed. Of no meaning where a subscription ended.
    using Outcome = Result<std::span<const Position>>;
    using Done = std::function<void(const Outcome&)>;

    class Owner {
    public:
        /// A number that no subscription of this session has had.
        [[nodiscard]] virtual std::uint64_t next_number() = 0;

        /// Makes a function that calls `left` of the slot with this subscription, in an event of
        /// its own; it may be called whatever has gone by then.
        [[nodiscard]] virtual std::function<void()> when_left(std::uint64_t number) = 0;

        /// Something was answered or may be sent.
        virtual void slot_moved() = 0;

        virtual void slot_too_slow() = 0;

    protected:
        ~Owner() = default;
    };

    /// Everything passed by reference must outlive it.
    Slot(Shard& shard, Outlet& outlet, Owner& owner);
    ~Slot();

    /// Begins with this subscription once the former one has left; `done` is called when it is
    /// live. What was to become live before fails with superseded.
    void replace(Subscription::Options options, Done done);

    /// Has the subscription that there is or will be, which has them, go on without these topics:
    /// a new one takes its place, begins where it ends, is paused as it is and has the credit that
    /// it leaves. `done` is called when that one is live; where a subscribe waits for this already,
    /// once the topics are left. Without a topic that stays it is a `leave`.
    void give_up(std::span<const std::string_view> topics, Done done);

    /// Calls this should the subscription, which is live, end by itself, or what goes on of it.
    void on_end(std::function<void(const Error&)> call) { on_end_ = std::move(call); }

    /// Ends the subscription, if there is one, then calls `done`.
    void leave(Done done);

    /// Fails what is not live yet.
    void supersede(const Error& error);

    /// The subscription has left its group.
    void left();

    [[nodiscard]] bool is_empty() const { return !subscription_ && !next_; }

    /// The subscription that there is or will be, unless it is ending; it may not be live yet, nor
    /// have begun.
    [[nodiscard]] Subscription* subscription();
    [[nodiscard]] const TopicChoice* topics();

    /// The topics of a subscription that is live.
    [[nodiscard]] const TopicChoice* live_topics() const;

    [[nodiscard]] bool has(std::uint64_t number) const {
        return subscription_ && subscription_->options().number == number;
    }

    /// For the subscription, whether it is ending or not.
    void delivered(const std::vector<Position>& next) { subscription_->delivered(next); }
    bool room() { return subscription_ && subscription_->room(); }

private:
    void subscription_live(std::span<const Position> starts) override;
    void subscription_failed(const Error& error) override;
    void subscription_too_slow() override;
    [[nodiscard]] std::function<void()> when_left() override;

    [[nodiscard]] std::unique_ptr<Subscription> make(Subscription::Options options);

    /// Ends the subscription there is, and begins with the next once it has left.
    void make_way();
    void start();
    void fail(const Error& error);

    Shard& shard_;
    Outlet& outlet_;
    Owner& owner_;
    std::unique_ptr<Subscription> subscription_;
    std::function<void(const Error&)> on_end_;
    std::unique_ptr<Subscription> next_;  ///< Begins once that one has left.
    bool continues_ = false;              ///< The next one begins where that one ends.
    Done joining_;                        ///< To be called once the last of them is live.
    std::vector<Done> leaving_;           ///< To be called once it has left.
};

}  // namespace gateway
