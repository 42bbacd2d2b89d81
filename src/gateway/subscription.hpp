#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "gateway/ack_window.hpp"
#include "gateway/alarm.hpp"
#include "gateway/backlog.hpp"
#include "gateway/broadcast.hpp"
#include "gateway/credit.hpp"
#include "gateway/notification_frame.hpp"
#include "gateway/outlet.hpp"
#include "gateway/source.hpp"
#include "gateway/subscription_options.hpp"
#include "wire/message.hpp"

namespace gateway {

struct Shard;

/// What a client receives: a member of a consumer group, or a broadcast, whose records leave
/// through the outlet.
///
/// A group's records are committed once they are written, or where the client acknowledges, once it
/// has. What the client does not see, by its filter or since it is slow, counts as handled.
///
/// Lives on the session's executor. Destroying it leaves the group without a last delivery.
class Subscription final : private Broadcast::Events {
public:
    using Options = SubscriptionOptions;

    class Owner {
    public:
        /// Live: what is sent from now on is received. Called once, before any record.
        virtual void subscription_live(std::span<const Position> starts) = 0;

        /// It is over, without `end`; the owner may destroy it, though not within the call.
        virtual void subscription_failed(const Error& error) = 0;

        /// The client has not read for `consumer.slow_timeout`, where that ends its connection.
        virtual void subscription_too_slow() = 0;

        /// Makes what is to be called once the subscription has ended, whatever has gone by then.
        [[nodiscard]] virtual std::function<void()> when_left() = 0;

    protected:
        ~Owner() = default;
    };

    /// Everything passed by reference must outlive it.
    Subscription(Shard& shard, Options options, Outlet& outlet, Owner& owner);
    ~Subscription();

    // Before it starts:

    /// Not all of its topics.
    void give_up(std::span<const std::string_view> topics);

    /// Takes the place of another, which has ended: has the credit that is left of it, and begins
    /// where that stands. A group that has committed knows better.
    void follow(const Subscription& former);

    /// Joins the group, or opens the broadcast. Fails with what Broker::open_consumer and
    /// Broadcasts::open say.
    [[nodiscard]] std::optional<Error> start();

    /// The outlet has room: sends one frame at most, and goes on. True if it would send more.
    bool room();

    /// A frame of this subscription is written.
    void delivered(const std::vector<Position>& next);

    // At any time, also before it starts:

    /// Sends nothing until `resume`, and takes no more records.
    void pause();
    void resume();
    [[nodiscard]] bool is_paused() const { return is_paused_; }

    /// Each fails where the subscription is not made for it.
    [[nodiscard]] std::optional<Error> pull(std::size_t count);
    [[nodiscard]] std::optional<Error> acknowledge(const PositionView& position);
    [[nodiscard]] std::optional<Error> select(Selection selection);

    void commit_acknowledged();

    /// Takes no more records, delivers what it took as far as the client reads it within a second,
    /// commits and leaves the group; then calls what the owner's `when_left` has made, which may
    /// destroy it, but not within the call. The owner hears nothing else any more.
    void end();

    /// It may be ending by now.
    [[nodiscard]] bool has_been_live() const { return source_.has_begun(); }

    /// Nothing is taken any more: it ends, or has failed.
    [[nodiscard]] bool is_closing() const { return phase_ >= Phase::ending; }
    [[nodiscard]] const Options& options() const { return options_; }

private:
    enum class Phase : std::uint8_t {
        joining,  ///< Or not begun.
        live,
        ending,   ///< The client gets what was taken.
        leaving,  ///< Nothing is committed any more.
        failed,
    };

    void live(std::span<const Position> starts) override;
    [[nodiscard]] std::size_t records(std::span<const Record> records) override;
    [[nodiscard]] bool frame(const std::shared_ptr<const SharedFrame>& frame,
                             std::span<const Range> ranges) override;
    void lost(const Lost& lost) override;
    void snapshot_ended() override;
    void revoked(std::span<const TopicPartition> partitions) override;
    void failed(const Error& error) override;

    [[nodiscard]] bool is_taking() const { return !is_closing() && !is_paused_; }
    [[nodiscard]] bool may_commit() const { return phase_ < Phase::leaving; }
    [[nodiscard]] bool may_take() const {
        return (!credit_ || !credit_->is_spent()) && (!unacked_ || !unacked_->is_full());
    }
    [[nodiscard]] bool holds_back() const { return backlog_ && !backlog_->is_empty(); }
    [[nodiscard]] bool is_backlog_full() const;
    [[nodiscard]] bool is_drained() const {
        return under_way_ == 0 && frame_.is_empty() && !holds_back();
    }
    [[nodiscard]] std::uint64_t next_id();

    bool take(const Record& record, std::uint64_t id);
    void use_credit();
    void leave_out(const Record& record, Selection::Verdict verdict);
    void pass(const Position& next);
    void announce(std::string message, const Position& next);

    /// Where the frame cannot take a record: false if it must wait.
    [[nodiscard]] bool hold_back(const Record& record, std::uint64_t id);

    /// Whether the frame takes one more message, what was held back gone before it.
    [[nodiscard]] bool make_room();

    /// Moves what was held back into the frame; false if that cannot go on before the client does
    /// something.
    bool release();

    /// Sends the frame if there is room; else it leaves with the next room.
    bool send_frame();
    void wait_for_room();

    /// The client reads, or need not.
    void stop_waiting();

    /// What it knows of this partition is of a log that is gone, and nothing in the one after it.
    void forget(const TopicPartition& partition);

    /// To be called after something was taken: commits, and sends what is due.
    void settle();
    void note(const std::vector<Position>& next);

    /// Notes what passed since the last frame, if nothing stands before it any more.
    void note_passed();
    void go_on();
    void leave();

    Shard& shard_;
    Options options_;
    Outlet& outlet_;
    Owner& owner_;
    NotificationFrame frame_;
    std::unique_ptr<Credit> credit_;
    std::unique_ptr<AckWindow> unacked_;
    std::unique_ptr<Backlog> backlog_;  ///< Of a policy that leaves records out.
    Alarm due_;
    Alarm deadline_;  ///< Of joining, of a client that does not read, or of ending.
    Phase phase_ = Phase::joining;
    bool is_due_ = false;      ///< The frame waits only for room.
    bool is_stopped_ = false;  ///< The consumer waits for `resume`.
    bool is_paused_ = false;
    bool is_snapshot_over_ = false;  ///< The snapshot is complete.
    std::size_t under_way_ = 0;      ///< Frames handed over and not yet written.
    Source source_;
};

}  // namespace gateway
