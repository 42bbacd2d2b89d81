#include "gateway/subscription.hpp"

#include <utility>

#include <fmt/format.h>

#include "gateway/shard.hpp"

namespace gateway {

namespace {

/// How long a client that reads slowly may hold up its own leaving.
constexpr std::chrono::milliseconds end_patience{1000};

bool leaves_out(Subscribe::Slow slow) {
    return slow == Subscribe::Slow::drop || slow == Subscribe::Slow::conflate;
}

}  // namespace

Subscription::Subscription(Shard& shard, Options options, Outlet& outlet, Owner& owner)
    : shard_(shard),
      options_(std::move(options)),
      outlet_(outlet),
      owner_(owner),
      frame_(options_.frame, shard.json_check),
      due_(shard.executor),
      deadline_(shard.executor) {
    if (options_.pulls) credit_ = std::make_unique<Credit>(shard.options.consumer.max_credit);
    if (options_.max_unacked > 0) unacked_ = std::make_unique<AckWindow>(options_.max_unacked);
    if (leaves_out(options_.slow)) backlog_ = std::make_unique<Backlog>();
}

Subscription::~Subscription() = default;

void Subscription::give_up(std::span<const std::string_view> topics) {
    for (const std::string_view topic : topics) options_.topics.remove(topic);
}

void Subscription::follow(const Subscription& former) {
    if (credit_ && former.credit_) credit_->take_over(*former.credit_);
    const bool is_snapshot_open = former.options_.snapshot && !former.is_snapshot_over_;
    if (!former.has_been_live() || is_snapshot_open) return;
    options_.snapshot = false;
    auto rest = former.source_.rest(options_.topics);
    if (former.source_.is_broadcast() || !rest.empty()) options_.start = std::move(rest);
}

std::optional<Error> Subscription::start() {
    if (const auto error = source_.open(shard_, options_, *this)) return error;
    deadline_.set(shard_.options.consumer.join_timeout, [this] {
        failed(Error(Errc::request_timeout,
                     "the subscription was not live within consumer.join_timeout"));
    });
    return std::nullopt;
}

bool Subscription::is_backlog_full() const {
    return backlog_ && backlog_->bytes() >= shard_.options.consumer.max_conflated_bytes;
}

std::uint64_t Subscription::next_id() {
    return shard_.counters.notification_ids.fetch_add(1, std::memory_order_relaxed);
}

void Subscription::live(std::span<const Position> starts) {
    if (phase_ != Phase::joining) return;
    deadline_.cancel();
    phase_ = Phase::live;
    source_.began(starts);
    owner_.subscription_live(starts);
}

std::size_t Subscription::records(std::span<const Record> records) {
    std::size_t taken = 0;
    if (is_taking()) {
        std::uint64_t id =
            shard_.counters.notification_ids.fetch_add(records.size(), std::memory_order_relaxed);
        while (taken < records.size() && take(records[taken], id++)) ++taken;
    }
    is_stopped_ = taken < records.size();
    settle();
    return taken;
}

bool Subscription::take(const Record& record, std::uint64_t id) {
    const auto verdict = options_.selection.judge(record, shard_.candidate);
    if (verdict != Selection::Verdict::wanted) {
        leave_out(record, verdict);
        return true;
    }
    if (!may_take()) return false;
    const bool has_room = make_room();
    // What was held back goes first, and may have taken the last that the client asked for.
    if (!may_take()) return false;
    if (!has_room) return hold_back(record, id);
    frame_.add(record, id);
    use_credit();
    if (unacked_) unacked_->add(record.topic, record.partition, record.offset);
    return true;
}

void Subscription::use_credit() {
    if (credit_) credit_->use();
}

void Subscription::leave_out(const Record& record, Selection::Verdict verdict) {
    if (verdict == Selection::Verdict::not_json) {
        shard_.counters.not_json.fetch_add(1, std::memory_order_relaxed);
    }
    // What is held back comes before it, and is not handled yet.
    if (holds_back()) return;
    frame_.pass(record);
    if (unacked_) unacked_->pass(record.topic, record.partition, record.offset + 1);
}

bool Subscription::hold_back(const Record& record, std::uint64_t id) {
    switch (options_.slow) {
        case Subscribe::Slow::pause:
        case Subscribe::Slow::close:
            return false;
        case Subscribe::Slow::drop:
            backlog_->leave_out(record.topic, record.partition, record.offset, record.offset + 1);
            return true;
        case Subscribe::Slow::conflate:
            if (is_backlog_full()) return false;
            backlog_->keep(record, frame_.message_of(record, id));
            return true;
    }
    return false;
}

bool Subscription::make_room() {
    while (frame_.is_full() || holds_back()) {
        if (frame_.is_full() && !send_frame()) return false;
        if (!release()) return false;
    }
    return true;
}

bool Subscription::release() {
    while (holds_back() && !frame_.is_full()) {
        if (backlog_->is_record_next() && !may_take()) return false;
        const Backlog::Item item = backlog_->take();
        if (item.gap) frame_.add(frame_.message_of(*item.gap, next_id()));
        if (!item.message.empty()) frame_.add(item.message);
        if (item.is_record) use_credit();
        if (item.is_record && unacked_ && !item.next.topic.empty()) {
            unacked_->add(item.next.topic, item.next.partition, item.next.offset - 1);
            frame_.pass(item.next);
        } else {
            pass(item.next);
        }
    }
    return true;
}

void Subscription::pass(const Position& next) {
    if (next.topic.empty()) return;
    frame_.pass(next);
    if (unacked_) unacked_->pass(next.topic, next.partition, next.offset);
}

bool Subscription::frame(const std::shared_ptr<const SharedFrame>& frame,
                         std::span<const Range> ranges) {
    if (is_taking()) {
        if (outlet_.has_room() && make_room() && send_frame() && outlet_.has_room()) {
            stop_waiting();
            note_passed();
            ++under_way_;
            outlet_.send_shared(frame, {options_.number, {}});
            for (const Range& range : ranges) source_.handled(range);
            return true;
        }
        if (options_.slow == Subscribe::Slow::drop) {
            for (const Range& range : ranges) {
                backlog_->leave_out(range.topic, range.partition, range.from, range.to);
            }
            return true;
        }
        wait_for_room();
    }
    is_stopped_ = true;
    return false;
}

void Subscription::lost(const Lost& lost) {
    if (lost.next < lost.wanted) forget({lost.topic, lost.partition});
    announce(frame_.message_of(lost, next_id()), {lost.topic, lost.partition, lost.next});
}

void Subscription::forget(const TopicPartition& partition) {
    const std::span<const TopicPartition> gone(&partition, 1);
    outlet_.forget(options_.number, partition);
    frame_.forget(gone);
    source_.forget(gone);
    if (backlog_) backlog_->forget_places(partition);
    if (unacked_) unacked_->drop(gone);
}

void Subscription::snapshot_ended() {
    is_snapshot_over_ = true;
    announce(frame_.snapshot_end(next_id()), {});
}

void Subscription::announce(std::string message, const Position& next) {
    if (is_closing()) return;
    if (holds_back()) return backlog_->keep(std::move(message), next);
    frame_.add(message);
    pass(next);
    settle();
}

void Subscription::settle() {
    commit_acknowledged();
    note_passed();
    if (frame_.is_full() || !options_.interval || !may_take()) {
        send_frame();
    } else if (!due_.is_set() && !is_due_ && !frame_.is_empty()) {
        due_.set(*options_.interval, [this] { send_frame(); });
    }
}

void Subscription::commit_acknowledged() {
    if (!unacked_ || !may_commit()) return;
    source_.handled(unacked_->take());
}

void Subscription::note(const std::vector<Position>& next) {
    // A client that acknowledges says itself what is handled.
    if (!unacked_ && may_commit()) source_.handled(next);
}

void Subscription::note_passed() {
    if (!frame_.is_empty()) return;
    if (under_way_ == 0 || source_.is_broadcast()) note(frame_.take_passed());
}

bool Subscription::send_frame() {
    if (frame_.is_empty()) return true;
    is_due_ = is_paused_ || !outlet_.has_room();
    if (is_due_) {
        wait_for_room();
        return false;
    }
    due_.cancel();
    stop_waiting();
    auto [text, next] = frame_.take();
    if (credit_) credit_->settle();
    if (source_.is_broadcast()) source_.handled(std::exchange(next, {}));
    ++under_way_;
    outlet_.send(std::move(text), {options_.number, std::move(next)});
    return true;
}

void Subscription::wait_for_room() {
    if (options_.slow != Subscribe::Slow::close || !is_taking() || deadline_.is_set()) return;
    deadline_.set(shard_.options.consumer.slow_timeout, [this] { owner_.subscription_too_slow(); });
}

void Subscription::stop_waiting() {
    if (phase_ == Phase::live) deadline_.cancel();
}

bool Subscription::room() {
    if (is_paused_) return false;
    const bool has_sent = is_due_ && send_frame();
    if (!is_due_ && holds_back()) {
        release();
        is_due_ = !frame_.is_empty();
    }
    go_on();
    return has_sent || is_due_;
}

void Subscription::go_on() {
    if (!is_stopped_ || is_due_ || !is_taking() || !may_take() || is_backlog_full()) return;
    is_stopped_ = false;
    source_.resume();
}

void Subscription::delivered(const std::vector<Position>& next) {
    --under_way_;
    note(next);
    note_passed();
    if (phase_ == Phase::ending && is_drained()) leave();
}

void Subscription::pause() {
    send_frame();
    is_paused_ = true;
    stop_waiting();
}

void Subscription::resume() { is_paused_ = false; }

std::optional<Error> Subscription::pull(std::size_t count) {
    if (!credit_) {
        return Error(Errc::invalid_payload, "the subscription was not made with \"flow\":\"pull\"");
    }
    if (credit_->add(count)) return std::nullopt;
    return Error(Errc::limit_reached,
                 fmt::format("the credit would be more than consumer.max_credit allows: {}",
                             credit_->limit()));
}

std::optional<Error> Subscription::acknowledge(const PositionView& position) {
    if (!unacked_) {
        return Error(Errc::invalid_payload,
                     "the subscription was not made with \"ack\":\"client\"");
    }
    if (unacked_->acknowledge(position.topic, position.partition, position.offset)) {
        return std::nullopt;
    }
    return Error(Errc::offset_out_of_range,
                 fmt::format("no record {} of partition {} of this topic waits to be acknowledged",
                             position.offset, position.partition));
}

std::optional<Error> Subscription::select(Selection selection) {
    std::swap(options_.selection, selection);
    auto error = source_.select(options_);
    if (error) {
        std::swap(options_.selection, selection);
    } else {
        send_frame();
    }
    return error;
}

void Subscription::revoked(std::span<const TopicPartition> partitions) {
    send_frame();
    source_.forget(partitions);
    if (backlog_) backlog_->drop(partitions);
    if (unacked_) unacked_->drop(partitions);
}

void Subscription::failed(const Error& error) {
    if (phase_ == Phase::failed) return;
    const Phase before = std::exchange(phase_, Phase::failed);
    deadline_.cancel();
    due_.cancel();
    if (before >= Phase::ending) return owner_.when_left()();
    owner_.subscription_failed(error);
}

void Subscription::end() {
    phase_ = Phase::ending;
    is_paused_ = false;
    send_frame();
    if (is_drained()) return leave();
    deadline_.set(end_patience, [this] { leave(); });
}

void Subscription::leave() {
    note_passed();
    phase_ = Phase::leaving;
    deadline_.cancel();
    due_.cancel();
    source_.close(
        [this](const Position& at) {
            return frame_.holds(at.topic, at.partition) ||
                   (backlog_ && backlog_->holds(at.topic, at.partition));
        },
        owner_.when_left());
}

}  // namespace gateway
